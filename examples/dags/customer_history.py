"""Keep the history of customers' addresses: a slowly changing dimension of type 2.

Every day brings a snapshot of all customers. A row whose address changed is closed (`valid_to`), and a new
one is opened, so that any past day can be asked for. The days have to be merged in their order:
`depends_on_past` and one run at a time see to that, also while past days are caught up with. Merging a day
again changes nothing.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pendulum
from airflow.decorators import dag, task

DATABASE = Path(tempfile.gettempdir()) / "updraft-examples" / "customers.db"
CITIES = ["Seoul", "Busan", "Berlin", "Lima"]


@dag(
    schedule="@daily",
    start_date=pendulum.datetime(2024, 5, 1, tz="UTC"),
    end_date=pendulum.datetime(2024, 5, 5, tz="UTC"),
    catchup=True,
    max_active_runs=1,
    default_args={"depends_on_past": True},
    tags=["example"],
    doc_md=__doc__,
)
def customer_history():
    @task
    def snapshot(ds: str) -> dict[str, str]:
        day = random.Random(ds)
        return {f"customer-{number}": day.choice(CITIES) for number in range(5)}

    @task
    def merge(cities: dict[str, str], ds: str) -> int:
        DATABASE.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(DATABASE, timeout=30)) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS customer (id TEXT, city TEXT, valid_from TEXT, valid_to TEXT,"
                " PRIMARY KEY (id, valid_from))"
            )
            # The day as it was before it was merged, in case it is merged again.
            connection.execute("DELETE FROM customer WHERE valid_from >= ?", [ds])
            connection.execute("UPDATE customer SET valid_to = NULL WHERE valid_to >= ?", [ds])
            changed = 0
            for customer, city in cities.items():
                row = connection.execute(
                    "SELECT city FROM customer WHERE id = ? AND valid_to IS NULL", [customer]
                ).fetchone()
                if row == (city,):
                    continue
                connection.execute("UPDATE customer SET valid_to = ? WHERE id = ? AND valid_to IS NULL", [ds, customer])
                connection.execute("INSERT INTO customer VALUES (?, ?, ?, NULL)", [customer, city, ds])
                changed += 1
        print(f"{changed} of {len(cities)} customers are new or have moved on {ds}")
        return changed

    merge(snapshot())


customer_history()

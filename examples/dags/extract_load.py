"""Load a day's orders into a database file, then report on them.

Three steps that most pipelines have: extract (here: make up) a day's orders as CSV, load them into
SQLite so that running the same day again replaces its rows instead of doubling them, and print a
summary to the task's log. Runs once an hour, for the last complete hour only (`catchup=False`).
"""

from __future__ import annotations

import csv
import random
import sqlite3
import tempfile
from pathlib import Path

import pendulum
from airflow.decorators import dag, task

FOLDER = Path(tempfile.gettempdir()) / "updraft-examples"


@dag(
    schedule="@hourly",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    tags=["example"],
    doc_md=__doc__,
)
def extract_load():
    @task
    def extract(ts_nodash: str) -> str:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"orders-{ts_nodash}.csv"
        orders = random.Random(ts_nodash)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            for number in range(500):
                writer.writerow([number, orders.choice(["Seoul", "Berlin", "Lima"]), orders.randint(1, 90)])
        return str(path)

    @task
    def load(path: str, ts: str) -> int:
        with sqlite3.connect(FOLDER / "orders.db") as db, open(path, newline="") as file:
            db.execute("CREATE TABLE IF NOT EXISTS orders (hour TEXT, number INTEGER, city TEXT, price INTEGER)")
            db.execute("DELETE FROM orders WHERE hour = ?", (ts,))
            rows = [(ts, *row) for row in csv.reader(file)]
            db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
        return len(rows)

    @task
    def report(loaded: int, ts: str) -> dict[str, int]:
        with sqlite3.connect(FOLDER / "orders.db") as db:
            by_city = dict(db.execute("SELECT city, sum(price) FROM orders WHERE hour = ? GROUP BY city", (ts,)))
        print(f"{loaded} orders loaded for {ts}: {by_city}")
        return by_city

    report(load(extract()))


extract_load()

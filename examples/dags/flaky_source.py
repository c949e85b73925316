"""Retries against a source that fails now and then.

`fetch` fails on its first two tries and succeeds on the third; the pause between two tries doubles
each time. `max_active_tis_per_dag=1` keeps two runs from bothering the source at once.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.decorators import dag, task
from airflow.exceptions import AirflowException


@dag(
    schedule="@once",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    tags=["example"],
    doc_md=__doc__,
)
def flaky_source():
    @task(
        retries=4,
        retry_delay=timedelta(seconds=1),
        retry_exponential_backoff=True,
        max_active_tis_per_dag=1,
    )
    def fetch(ti=None) -> str:
        if ti.try_number < 3:
            raise AirflowException(f"the source did not answer (try {ti.try_number})")
        return "forty-two"

    @task
    def use(answer: str) -> None:
        print(f"the source said {answer}")

    use(fetch())


flaky_source()

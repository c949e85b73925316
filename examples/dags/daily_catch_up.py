"""A week of days caught up in order, then fan-out and fan-in over three partitions.

`catchup=True` with a start date in the past makes one run for each day; `depends_on_past` on
`open_day` lets a day begin only when the day before was opened, while the partitions of several
days are worked on at once.
"""

from __future__ import annotations

import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator

with DAG(
    dag_id="daily_catch_up",
    schedule="@daily",
    start_date=pendulum.datetime(2024, 3, 1, tz="Europe/Berlin"),
    end_date=pendulum.datetime(2024, 3, 7, tz="Europe/Berlin"),
    catchup=True,
    max_active_runs=3,
    tags=["example"],
    doc_md=__doc__,
):
    open_day = BashOperator(task_id="open_day", bash_command="echo opening {{ ds }}", depends_on_past=True)
    close_day = EmptyOperator(task_id="close_day")
    for partition in ("north", "south", "west"):
        work = BashOperator(
            task_id=f"aggregate_{partition}",
            bash_command=f"echo {partition}: $((100000 * 100001 / 2))",
        )
        open_day >> work >> close_day

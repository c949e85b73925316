"""Publish data only if it is good enough: a branch that depends on the data.

`check` counts the broken rows and names the task to go on with. The path not taken is skipped, and
`notify` runs either way, since its trigger rule asks only that nothing failed.
"""

from __future__ import annotations

import pendulum
from airflow.decorators import dag, task
from airflow.operators.bash import BashOperator
from airflow.utils.trigger_rule import TriggerRule


@dag(
    schedule="*/10 * * * *",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    tags=["example"],
    doc_md=__doc__,
)
def quality_gate():
    @task
    def measure(logical_date: pendulum.DateTime) -> float:
        rows = [(minute * 37 + logical_date.minute) % 11 for minute in range(200)]
        return rows.count(0) / len(rows)

    @task.branch
    def check(share_of_broken_rows: float) -> str:
        print(f"{share_of_broken_rows:.1%} of the rows are broken")
        return "publish" if share_of_broken_rows < 0.095 else "quarantine"

    publish = BashOperator(task_id="publish", bash_command="echo published the data of {{ ds }}")
    quarantine = BashOperator(task_id="quarantine", bash_command="echo set the data of {{ ds }} aside")
    notify = BashOperator(
        task_id="notify",
        bash_command="echo done",
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
    )

    check(measure()) >> [publish, quarantine] >> notify


quality_gate()

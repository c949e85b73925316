"""A bit of everything, in short tasks: the load under which processes are killed."""

import itertools
import os
from datetime import datetime, timedelta

import witness
from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import BranchPythonOperator, PythonOperator

START = datetime(2024, 1, 1)
RUNS = int(os.environ["UPDRAFT_TEST_RUNS"])
arguments = {
    "start_date": START,
    "end_date": START + timedelta(hours=RUNS - 1),
    "schedule": timedelta(hours=1),
    "catchup": True,
    "max_active_runs": 3,
}


def branch(ti):
    witness.work(ti)
    return "taken"


def python(task_id, function=witness.work, **options):
    return PythonOperator(task_id=task_id, python_callable=function, **options)


with DAG("mix", **arguments):
    chain = [python(f"chain_{n}") for n in range(4)]
    for first, second in itertools.pairwise(chain):
        first >> second
    join = python("join")
    chain[-1] >> [python(f"fan_{n}") for n in range(6)] >> join
    chain[0] >> BashOperator(task_id="shell", bash_command=witness.BASH) >> join
    flaky = python("flaky", witness.fail_once, retries=1, retry_delay=timedelta(0))
    chain[0] >> flaky >> join
    merge = python("merge", trigger_rule="none_failed_min_one_success")
    (
        chain[1]
        >> BranchPythonOperator(task_id="branch", python_callable=branch)
        >> [python("taken"), EmptyOperator(task_id="left")]
        >> merge
    )

with DAG("past", **arguments, default_args={"depends_on_past": True}):
    python("first") >> [python("second"), python("third")]

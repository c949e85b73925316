"""Tasks whose processes die: what remains of them is what they owe, their callbacks."""

import os
import time
from datetime import datetime, timedelta

import witness
from airflow import DAG
from airflow.operators.python import PythonOperator


def die(ti):
    witness.note("begin", ti)
    os._exit(3)


def tell(context):
    time.sleep(witness.SECONDS)
    witness.note("called", context["ti"])


with DAG("dying", schedule="@once", start_date=datetime(2024, 1, 1), catchup=False):
    for n in range(int(os.environ["UPDRAFT_TEST_TASKS"])):
        PythonOperator(
            task_id=f"task_{n}",
            python_callable=die,
            retries=1,
            retry_delay=timedelta(0),
            on_retry_callback=tell,
            on_failure_callback=tell,
        )

"""A task that takes memory until the kernel ends it."""

import os
import signal
from datetime import datetime

from airflow import DAG
from airflow.operators.python import PythonOperator


def allocate():
    if os.environ.get("UPDRAFT_TEST_MEMORY") == "unlimited":
        # Where nothing bounds the memory of a test, the test kills in the kernel's place.
        while True:
            signal.pause()
    blocks = []
    while True:
        blocks.append(bytearray(os.urandom(1 << 20)) * 16)


with DAG("allocates", schedule="@once", start_date=datetime(2024, 1, 1), catchup=False):
    PythonOperator(task_id="task", python_callable=allocate)

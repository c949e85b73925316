"""Tasks that end when the test says so, or not at all."""

import os
import time
from datetime import datetime

import witness
from airflow import DAG
from airflow.models.baseoperator import BaseOperator
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

arguments = {"start_date": datetime(2024, 1, 1), "schedule": "@once", "catchup": False}


def wait(ti):
    witness.alone(ti)
    witness.note("begin", ti)
    while not os.path.exists(f"{witness.FOLDER}/go"):
        time.sleep(0.01)
    witness.note("end", ti)
    return "waited"


class Cleaning(BaseOperator):
    """Ends when it is told to, after it has cleaned up."""

    def execute(self, context):
        witness.alone(context["ti"])
        self.ti = context["ti"]
        witness.note("begin", self.ti)
        while True:
            time.sleep(0.01)

    def on_kill(self):
        witness.note("on_kill", self.ti)


def stubborn(ti):
    witness.alone(ti)
    witness.note("begin", ti)
    while True:
        try:
            while True:
                time.sleep(0.01)
        except BaseException:
            witness.note("ignored", ti)


SHELL = witness.BASH.replace("sleep 0.02", "wait")

if os.environ.get("UPDRAFT_TEST_STOPPING") == "drain":
    with DAG("draining", **arguments):
        for n in range(3):
            (
                PythonOperator(task_id=f"wait_{n}", python_callable=wait)
                >> PythonOperator(task_id=f"after_{n}", python_callable=witness.work)
            )
else:
    with DAG("ending", **arguments):
        Cleaning(task_id="cleaning")
        PythonOperator(task_id="stubborn", python_callable=stubborn)
        BashOperator(task_id="shell", bash_command=SHELL)

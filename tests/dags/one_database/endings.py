"""One DAG that succeeds, with a task that is retried and one that is skipped, and one that fails."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.exceptions import AirflowSkipException
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

SETTINGS = {"schedule": None, "start_date": datetime(2024, 1, 1), "catchup": False}


def push():
    print("pushing ☕")
    return {"a": [1, None, "ü"]}


def fail_once(ti):
    if ti.try_number == 1:
        raise ValueError("the first try fails")
    return ti.try_number


def skip():
    raise AirflowSkipException("nothing to do")


def fail():
    raise ValueError("this always fails")


with DAG("succeeds", tags=["one", "two"], description="ends well", **SETTINGS):
    (
        PythonOperator(task_id="push", python_callable=push)
        >> BashOperator(task_id="templated", bash_command="echo {{ ds }} {{ ti.xcom_pull('push')['a'][2] }}")
        >> PythonOperator(task_id="retried", python_callable=fail_once, retries=1, retry_delay=timedelta(0))
        >> PythonOperator(task_id="skipped", python_callable=skip)
    )

with DAG("fails", **SETTINGS):
    PythonOperator(task_id="failed", python_callable=fail) >> BashOperator(task_id="after", bash_command="true")


"""Nothing is wrong with this one."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.python import PythonOperator


def say(ti):
    print(f"{ti.task_id} is fine")


with DAG(
    "good",
    schedule=timedelta(hours=1),
    start_date=datetime(2024, 1, 1),
    end_date=datetime(2024, 1, 1, 4),
    catchup=True,
    max_active_runs=1,
):
    PythonOperator(task_id="first", python_callable=say) >> PythonOperator(task_id="second", python_callable=say)

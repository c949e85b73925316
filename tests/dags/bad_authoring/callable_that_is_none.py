from datetime import datetime

from airflow import DAG

from airflow.operators.python import PythonOperator

with DAG("callable_that_is_none", schedule=None, start_date=datetime(2024, 1, 1)):
    PythonOperator(task_id="task", python_callable="print")

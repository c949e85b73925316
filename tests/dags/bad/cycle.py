from datetime import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("cycle", schedule="@once", start_date=datetime(2024, 1, 1)):
    first = EmptyOperator(task_id="first")
    first >> EmptyOperator(task_id="second") >> first

from datetime import datetime

from airflow import DAG

from airflow.operators.empty import EmptyOperator

with DAG("task_without_start", schedule="@daily"):
    EmptyOperator(task_id="task")

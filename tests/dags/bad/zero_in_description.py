"""Text that PostgreSQL does not store."""

from datetime import datetime

from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG(
    "zero_in_description",
    description="before \0 after",
    schedule=None,
    start_date=datetime(2024, 1, 1),
):
    EmptyOperator(task_id="task")

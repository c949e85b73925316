from datetime import datetime

from airflow import DAG

from airflow.operators.empty import EmptyOperator

with DAG("type_of_priority", schedule=None, start_date=datetime(2024, 1, 1)):
    EmptyOperator(task_id="task", priority_weight="high")

from datetime import datetime

from airflow import DAG

from airflow.operators.empty import EmptyOperator

with DAG("task_id_of_two_words", schedule=None, start_date=datetime(2024, 1, 1)):
    EmptyOperator(task_id="two words")

from datetime import datetime

from airflow import DAG

from airflow.operators.bash import BashOperator

with DAG("unknown_argument", schedule=None, start_date=datetime(2024, 1, 1)):
    BashOperator(task_id="task", bash_command="true", retrys=2)

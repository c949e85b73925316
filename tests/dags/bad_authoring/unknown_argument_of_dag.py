from datetime import datetime

from airflow import DAG

with DAG("unknown_argument_of_dag", shedule=None, start_date=datetime(2024, 1, 1)):
    pass

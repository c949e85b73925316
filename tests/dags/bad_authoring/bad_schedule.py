from datetime import datetime

from airflow import DAG

with DAG("bad_schedule", schedule="every day", start_date=datetime(2024, 1, 1)):
    pass

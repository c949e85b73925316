from datetime import datetime

from airflow import DAG

from airflow.models.param import Param

PARAMS = {"n": Param("many", type="integer")}
with DAG("invalid_param", schedule="@daily", start_date=datetime(2024, 1, 1), params=PARAMS):
    pass

"""Tasks that can be parsed and stored, but not run."""

from datetime import datetime

from airflow import DAG
from airflow.models import BaseOperator
from airflow.models.param import Param
from airflow.operators.python import PythonOperator


class WithoutContext(BaseOperator):
    def execute(self):
        return 1


class WithoutExecute(BaseOperator):
    pass


def opens_session():
    from airflow.utils.session import create_session

    with create_session() as session:
        return session.bind.dialect.name


def takes_one(number):
    return number


ARGUMENTS = {"schedule": "@once", "start_date": datetime(2024, 1, 1), "catchup": False}

with DAG("without_context", **ARGUMENTS):
    WithoutContext(task_id="task")

with DAG("without_execute", **ARGUMENTS):
    WithoutExecute(task_id="task")

with DAG("opens_session", **ARGUMENTS):
    PythonOperator(task_id="task", python_callable=opens_session)

with DAG("other_arguments", **ARGUMENTS):
    PythonOperator(task_id="task", python_callable=takes_one, op_kwargs={"nummer": 1})

with DAG("asks_for_a_number", schedule=None, start_date=datetime(2024, 1, 1), params={"n": Param(1, type="integer")}):
    PythonOperator(task_id="task", python_callable=takes_one, op_args=["{{ params.n }}"])

"""DAG files for the tests: one DAG `d` whose task `t` calls a function with a given body."""

from __future__ import annotations

_HEAD = """\
import json, logging, os, signal, sys, time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
import pendulum
from airflow import DAG
from airflow.datasets import Dataset, DatasetAlias
from airflow.exceptions import *
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import *
from airflow.decorators import task

def note(name):
    return lambda context: print(name, context["ti"].state, context.get("exception"))

def call(**context):
{body}
"""

_TASK = """
with DAG("d", start_date=datetime(2024, 1, 1), schedule="@daily"{dag_arguments}) as dag:
    t = PythonOperator(task_id="t", python_callable=call{arguments})
"""


def functions(body: str = "pass") -> str:
    """Imports and the function `call`, without a DAG."""
    return _HEAD.replace("{body}", "\n".join("    " + line for line in body.splitlines()))


def dag(body: str = "pass", arguments: str = "", dag_arguments: str = "", more: str = "") -> str:
    """`more` goes into the DAG's `with` block."""
    task = _TASK.replace("{arguments}", arguments and ", " + arguments)
    task = task.replace("{dag_arguments}", dag_arguments and ", " + dag_arguments)
    return functions(body) + task + "\n".join("    " + line for line in more.splitlines()) + "\n"

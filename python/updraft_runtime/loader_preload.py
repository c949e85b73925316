"""Importing this module makes a process quick at parsing DAG files.

A forked child that imports, looks up and computes for the first time also copies the memory pages
on which that leaves traces. So one DAG is made and serialized here, several times, and forgotten:
nothing of it stays but caches.
"""

from __future__ import annotations

import datetime
import importlib
import logging

from airflow.decorators import task
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.serialization.serialized_objects import SerializedDAG
from airflow.utils.dag_cycle_tester import check_cycle
from airflow.utils.file import get_unique_dag_module_name

from updraft_runtime import loader, loader_describe, loader_parse  # noqa: F401 - children need them

log = logging.getLogger(__name__)

#: Small modules that many DAG files import or use.
MODULES = (
    "airflow.decorators.bash",
    "airflow.decorators.branch_python",
    "airflow.decorators.sensor",
    "airflow.decorators.setup_teardown",
    "airflow.decorators.short_circuit",
    "airflow.decorators.task_group",
    "airflow.timetables.datasets",
    "airflow.timetables.trigger",
    "airflow.utils.edgemodifier",
    "airflow.utils.weekday",
)

#: The interpreter adapts a function to what it sees after eight calls.
RUNS = 8


@task
def _work(number: int) -> int:
    return number


def _rehearse() -> None:
    with DAG(
        "updraft_rehearsal",
        start_date=datetime.datetime(2024, 1, 1),
        schedule="15 3 * * *",
        catchup=False,
        tags=["none"],
        default_args={"retries": 1, "retry_delay": datetime.timedelta(minutes=1)},
        auto_register=False,
    ) as dag:
        start = EmptyOperator(task_id="start")
        shell = BashOperator(task_id="shell", bash_command="true")
        start >> shell >> PythonOperator(task_id="python", python_callable=print) >> _work(1)
    dag.fileloc = __file__
    dag.validate()
    check_cycle(dag)
    get_unique_dag_module_name(__file__)
    loader_describe.describe(dag, None)
    SerializedDAG.to_dict(dag)


for name in MODULES:
    importlib.import_module(name)

try:
    for _ in range(RUNS):
        _rehearse()
except Exception:  # noqa: BLE001 - a user's policy may refuse the DAG; it is a rehearsal only
    log.debug("The rehearsal of a parse failed", exc_info=True)

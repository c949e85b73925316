"""DAGs, tasks, and what tasks read and write. Each name is imported when it is asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from airflow.models.baseoperator import BaseOperator as BaseOperator
    from airflow.models.baseoperatorlink import BaseOperatorLink as BaseOperatorLink
    from airflow.models.connection import Connection as Connection
    from airflow.models.dag import DAG as DAG
    from airflow.models.dagbag import DagBag as DagBag
    from airflow.models.dagrun import DagRun as DagRun
    from airflow.models.mappedoperator import MappedOperator as MappedOperator
    from airflow.models.operator import Operator as Operator
    from airflow.models.param import Param as Param
    from airflow.models.pool import Pool as Pool
    from airflow.models.skipmixin import SkipMixin as SkipMixin
    from airflow.models.taskinstance import TaskInstance as TaskInstance
    from airflow.models.taskinstance import clear_task_instances as clear_task_instances
    from airflow.models.variable import Variable as Variable
    from airflow.models.xcom import XCom as XCom

_LAZY = {
    "DAG": "dag",
    "ID_LEN": "base",
    "BaseOperator": "baseoperator",
    "BaseOperatorLink": "baseoperatorlink",
    "Connection": "connection",
    "DagBag": "dagbag",
    "DagModel": "dag",
    "DagRun": "dagrun",
    "MappedOperator": "mappedoperator",
    "Operator": "operator",
    "Param": "param",
    "Pool": "pool",
    "SkipMixin": "skipmixin",
    "TaskInstance": "taskinstance",
    "TaskReschedule": "taskreschedule",
    "Variable": "variable",
    "XCom": "xcom",
    "clear_task_instances": "taskinstance",
}


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        from airflow import _absent

        raise AttributeError(_absent.explain_attribute(__name__, name))
    from importlib import import_module

    value = getattr(import_module(f"airflow.models.{module}"), name)
    globals()[name] = value
    return value

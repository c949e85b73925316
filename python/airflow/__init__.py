"""The authoring API of Airflow 2.10, as Updraft brings it: DAG files written for Airflow run on it.

    from airflow import DAG
    from airflow.decorators import task

    with DAG("hello", schedule="@daily", start_date=datetime(2024, 1, 1)):
        ...

Names, signatures and defaults are those of Airflow 2.10.5. It has no database: Variables, Connections, XComs and the
states of runs come from the supervisor of the task (`airflow._supervisor`). Nothing heavy is imported before its use.
"""

from __future__ import annotations

import sys

from airflow import _absent, _search_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow.datasets import Dataset as Dataset
    from airflow.models.dag import DAG as DAG
    from airflow.models.xcom_arg import XComArg as XComArg

__version__ = "2.10.5"
__all__ = ["DAG", "Dataset", "XComArg", "__version__"]

PY36 = PY37 = PY38 = PY39 = True
PY310 = sys.version_info >= (3, 10)
PY311 = sys.version_info >= (3, 11)
PY312 = sys.version_info >= (3, 12)

_LAZY = {
    "DAG": "airflow.models.dag",
    "Dataset": "airflow.datasets",
    "XComArg": "airflow.models.xcom_arg",
    "AirflowException": "airflow.exceptions",
}

_absent.install()
_search_path.extend()


def __getattr__(name: str):
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(_absent.explain_attribute(__name__, name))
    from importlib import import_module

    value = getattr(import_module(module), name)
    globals()[name] = value
    return value

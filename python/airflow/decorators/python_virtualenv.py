"""`@task.virtualenv`: a function that runs in a virtual environment of its own."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import PythonVirtualenvOperator


class _PythonVirtualenvDecoratedOperator(_PythonDecoratedOperator, PythonVirtualenvOperator):
    """Runs the function in a virtual environment of its own."""

    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.virtualenv"


virtualenv_task = python_decorator(_PythonVirtualenvDecoratedOperator)

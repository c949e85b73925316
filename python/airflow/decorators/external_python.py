"""`@task.external_python`: a function that runs with another interpreter."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import ExternalPythonOperator


class _PythonExternalDecoratedOperator(_PythonDecoratedOperator, ExternalPythonOperator):
    """Runs the function with another interpreter."""

    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.external_python"


external_python_task = python_decorator(_PythonExternalDecoratedOperator)

"""`@task.branch_external_python`: a function that runs with another interpreter and says what runs next."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import BranchExternalPythonOperator


class _BranchExternalPythonDecoratedOperator(_PythonDecoratedOperator, BranchExternalPythonOperator):
    """Runs the function with another interpreter and skips what it does not name."""

    template_fields = BranchExternalPythonOperator.template_fields
    custom_operator_name = "@task.branch_external_python"


branch_external_python_task = python_decorator(_BranchExternalPythonDecoratedOperator)

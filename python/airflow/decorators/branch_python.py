"""`@task.branch`: a function that says which of the tasks after it run."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import BranchPythonOperator


class _BranchPythonDecoratedOperator(_PythonDecoratedOperator, BranchPythonOperator):
    """Runs the function and skips what it does not name."""

    template_fields = BranchPythonOperator.template_fields
    custom_operator_name = "@task.branch"


branch_task = python_decorator(_BranchPythonDecoratedOperator)

"""`@task.branch_virtualenv`: a function that runs in a virtual environment of its own and says what runs next."""

from __future__ import annotations

from airflow.decorators.python import _PythonDecoratedOperator, python_decorator
from airflow.operators.python import BranchPythonVirtualenvOperator


class _BranchPythonVirtualenvDecoratedOperator(_PythonDecoratedOperator, BranchPythonVirtualenvOperator):
    """Runs the function in a virtual environment of its own and skips what it does not name."""

    template_fields = BranchPythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.branch_virtualenv"


branch_virtualenv_task = python_decorator(_BranchPythonVirtualenvDecoratedOperator)

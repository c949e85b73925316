"""`@task.branch_virtualenv`: a function that runs in a virtual environment of its own and says what runs next."""

from __future__ import annotations

from airflow.decorators.base import task_decorator_factory
from airflow.decorators.python import _PythonDecoratedOperator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def branch_virtualenv_task(
    python_callable: Callable[..., Any] | None = None, multiple_outputs: bool | None = None, **kwargs: Any
) -> Any:
    """Makes a task of a function that runs in a virtual environment of its own and says what runs next."""
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=_operator_class(),
        **kwargs,
    )


def _operator_class() -> type[Any]:
    # Where the operator is not there, this import says so when the decorator is used, not before.
    from airflow.operators.python import BranchPythonVirtualenvOperator

    class _BranchPythonVirtualenvDecoratedOperator(_PythonDecoratedOperator, BranchPythonVirtualenvOperator):
        template_fields = BranchPythonVirtualenvOperator.template_fields
        custom_operator_name = "@task.branch_virtualenv"

    _BranchPythonVirtualenvDecoratedOperator.__module__ = __name__
    _BranchPythonVirtualenvDecoratedOperator.__qualname__ = "_BranchPythonVirtualenvDecoratedOperator"
    return _BranchPythonVirtualenvDecoratedOperator

"""`@setup` and `@teardown`."""

from __future__ import annotations

import types

from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _as_task(function: Any) -> Any:
    from airflow.decorators.python import python_task
    from airflow.decorators.task_group import _TaskGroupFactory

    if isinstance(function, _TaskGroupFactory):
        raise AirflowException("Task groups cannot be marked as setup or teardown; mark the tasks in it")
    return python_task(function) if isinstance(function, types.FunctionType) else function


def setup_task(func: Callable[..., Any]) -> Any:
    """Makes a setup task of a function or of a `@task`."""
    task = _as_task(func)
    task.is_setup = True
    return task


def teardown_task(_func: Callable[..., Any] | None = None, *, on_failure_fail_dagrun: bool = False) -> Any:
    """Makes a teardown task of a function or of a `@task`.

    :param on_failure_fail_dagrun: whether its failure makes the run fail
    """

    def teardown(func: Callable[..., Any]) -> Any:
        task = _as_task(func)
        task.is_teardown = True
        task.on_failure_fail_dagrun = on_failure_fail_dagrun
        return task

    return teardown if _func is None else teardown(_func)


class ContextWrapper(list):
    """`with context_wrapper([setup1, setup2]):` for several setup or teardown tasks."""

    def __init__(self, tasks: list[Any]) -> None:
        self.tasks = tasks
        super().__init__(tasks)

    def __enter__(self) -> Any:
        from airflow.utils.setup_teardown import SetupTeardownContext

        operators = [getattr(task, "operator", task) for task in self.tasks]
        for operator in operators:
            if not operator.is_setup and not operator.is_teardown:
                raise AirflowException(f"`with` takes setup and teardown tasks, and {operator.task_id!r} is neither")
        SetupTeardownContext.push_setup_teardown_task(operators)
        return SetupTeardownContext

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        from airflow.utils.setup_teardown import SetupTeardownContext

        SetupTeardownContext.set_work_task_roots_and_leaves()


context_wrapper = ContextWrapper

"""`@task.run_if` and `@task.skip_if`: conditions that are looked at when the task starts."""

from __future__ import annotations

import functools

from airflow.decorators.base import _TaskDecorator
from airflow.exceptions import AirflowSkipException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Union

    Condition = Callable[[Any], Union[bool, tuple[bool, Union[str, None]]]]

__all__ = ["run_if", "skip_if"]


def run_if(condition: Condition, skip_message: str | None = None) -> Callable[[Any], Any]:
    """Skips the task unless the condition holds. It stands above `@task`."""
    return _conditional("run_if", condition, skip_message, skip_when=False)


def skip_if(condition: Condition, skip_message: str | None = None) -> Callable[[Any], Any]:
    """Skips the task where the condition holds. It stands above `@task`."""
    return _conditional("skip_if", condition, skip_message, skip_when=True)


def _conditional(name: str, condition: Condition, message: str | None, *, skip_when: bool) -> Callable[[Any], Any]:
    def decorate(task: Any) -> Any:
        if not isinstance(task, _TaskDecorator):
            raise TypeError(f"{name} can only be used with task. decorate with @task before @{name}.")
        first = task.kwargs.get("pre_execute")

        @functools.wraps(condition)
        def pre_execute(context: Any) -> None:
            if first is not None:
                first(context)
            _skip(condition(context), message or "Task was skipped due to condition.", skip_when)

        task.kwargs["pre_execute"] = pre_execute
        return task

    return decorate


def _skip(result: Any, message: str, skip_when: bool) -> None:
    """A condition may return its own message with its answer."""
    if isinstance(result, tuple):
        result, own_message = result
        message = own_message or message
    if bool(result) == skip_when:
        raise AirflowSkipException(message)

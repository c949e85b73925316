"""Decorators, and how to take them off."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BESIDE_TASK = ("@setup", "@teardown", "@task.skip_if", "@task.run_if")


def apply_defaults(func: Callable[..., Any]) -> Callable[..., Any]:
    """Deprecated: operators do this by themselves."""
    from airflow._deprecation import warn

    warn("apply_defaults is deprecated and not needed; remove the decorator")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return wrapper


def remove_task_decorator(python_source: str, task_decorator_name: str) -> str:
    """The source of a function without the decorators that make it a task."""
    for name in (*_BESIDE_TASK, task_decorator_name):
        python_source = _without(python_source, name)
    return python_source


def _without(source: str, decorator: str) -> str:
    if not any(line.startswith(decorator) for line in source.split("\n")):
        return source
    before, _, after = source.partition(decorator)
    if after.startswith("("):
        after = after[_closing(after) + 1 :]
    return before + after.removeprefix("\n")


def _closing(text: str) -> int:
    """Where the parenthesis that the text begins with is closed."""
    depth = 0
    for position, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return position
    return len(text) - 1

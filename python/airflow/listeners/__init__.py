"""Listeners: functions of plugins that are told what happens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hookimpl(function: Any = None, **options: Any) -> Any:
    """Marks a function of a listener."""

    def mark(marked: Any) -> Any:
        # The mark that pluggy leaves, so that one listener works with both.
        defaults = {"hookwrapper": False, "optionalhook": False, "tryfirst": False, "trylast": False}
        marked.airflow_impl = {**defaults, **options}
        return marked

    return mark if function is None else mark(function)

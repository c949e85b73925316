"""Listeners: functions of plugins that are told what happens."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hookimpl(function: Any = None, **options: Any) -> Any:
    """Marks a function of a listener."""

    def mark(marked: Any) -> Any:
        # The mark that pluggy leaves, so that one listener works with both.
        marked.airflow_impl = {"hookwrapper": False, "optionalhook": False, "tryfirst": False, "trylast": False, **options}
        return marked

    return mark if function is None else mark(function)

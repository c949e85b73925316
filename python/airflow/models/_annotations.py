"""Names that DAG files import for annotations only, made when they are asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def annotation(module: str, name: str) -> Any:
    """The type alias of this name, or an AttributeError that says what to do."""
    if name in _ALIASES:
        return _ALIASES[name]()
    from airflow import _absent

    raise AttributeError(_absent.explain_attribute(module, name))


def _schedule_interval() -> Any:
    import datetime
    from typing import Union

    return Union[str, datetime.timedelta]


def _chainable() -> Any:
    from collections.abc import Sequence
    from typing import Union

    from airflow.models.taskmixin import DependencyMixin

    return Union[DependencyMixin, Sequence[DependencyMixin]]


def _anything() -> Any:
    from typing import Any

    return Any


_ALIASES = {
    "TaskStateChangeCallback": _anything,
    "DagStateChangeCallback": _anything,
    "SLAMissCallback": _anything,
    "TaskPreExecuteHook": _anything,
    "TaskPostExecuteHook": _anything,
    "Chainable": _chainable,
    "ScheduleInterval": _schedule_interval,
    "ScheduleIntervalArg": _anything,
    "ScheduleArg": _anything,
}

"""Classes that a serialized DAG names: Airflow's own, and those that a plugin registered."""

from __future__ import annotations

from typing import Any

from airflow.exceptions import AirflowException
from airflow.serialization._marks import TYPE, VAR
from airflow.task.priority_strategy import (
    airflow_priority_weight_strategies,
    airflow_priority_weight_strategies_classes,
)
from airflow.utils.module_loading import qualname


class _NotRegistered:
    """Says which class it was and what to do."""

    what: str

    def __init__(self, type_string: str) -> None:
        self.type_string = type_string

    def __str__(self) -> str:
        return (
            f"{self.what} class {self.type_string!r} is not registered: name it in a plugin's list of "
            "its kind, so that the scheduler knows it too"
        )


class _TimetableNotRegistered(_NotRegistered, ValueError):
    what = "Timetable"


class _PriorityWeightStrategyNotRegistered(_NotRegistered, AirflowException):
    what = "Priority weight strategy"


def encode_timetable(var: Any) -> dict[str, Any]:
    """A timetable as the path of its class and what its `serialize` gives."""
    path = qualname(type(var))
    if _get_registered_timetable(path) is None:
        raise _TimetableNotRegistered(path)
    return {TYPE: path, VAR: var.serialize()}


def decode_timetable(var: dict[str, Any]) -> Any:
    """The timetable that `encode_timetable` wrote down."""
    cls = _get_registered_timetable(var[TYPE])
    if cls is None:
        raise _TimetableNotRegistered(var[TYPE])
    return cls.deserialize(var[VAR])


def _get_registered_timetable(path: str) -> Any:
    if path.startswith("airflow.timetables."):
        from airflow.utils.module_loading import import_string

        return import_string(path)
    from airflow import plugins_manager

    plugins_manager.initialize_timetables_plugins()
    return (plugins_manager.timetable_classes or {}).get(path)


def encode_priority_weight_strategy(var: Any) -> str:
    """A weight rule: the name of one of Airflow's own, else the path of its class."""
    cls = type(var)
    name = airflow_priority_weight_strategies_classes.get(cls)
    if name is not None:
        return name
    path = qualname(cls)
    if _get_registered_priority_weight_strategy(path) is None:
        raise _PriorityWeightStrategyNotRegistered(path)
    return path


def decode_priority_weight_strategy(var: str) -> Any:
    """The weight rule that `encode_priority_weight_strategy` wrote down."""
    cls = _get_registered_priority_weight_strategy(var)
    if cls is None:
        raise _PriorityWeightStrategyNotRegistered(var)
    return cls()


def _get_registered_priority_weight_strategy(path: str) -> Any:
    if path in airflow_priority_weight_strategies:
        return airflow_priority_weight_strategies[path]
    from airflow import plugins_manager

    plugins_manager.initialize_priority_weight_strategy_plugins()
    return (plugins_manager.priority_weight_strategy_classes or {}).get(path)

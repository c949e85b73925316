"""Which attributes of a DAG or task are written, and which are left out because the reader knows them."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from airflow.serialization._plugins import encode_priority_weight_strategy, encode_timetable
from airflow.serialization._values import serialize, untyped

_PLAIN = frozenset((str, int, bool, float))
_VALUES = frozenset((tuple, list, dict, set, datetime, timedelta))

#: Their kind is written beside their value.
TYPED_FIELDS = frozenset(("executor_config", "schedule_interval", "default_args", "_access_control"))


class Field(NamedTuple):
    """One attribute and how it is left out."""

    name: str
    #: Whether the constructor has an argument of that name.
    is_argument: bool
    #: The argument's default. Left out is what is this very object, not what equals it.
    default: Any
    #: A date of a task that is its DAG's is left out.
    is_date: bool


class Defaults:
    """The defaults of a constructor, under the names of the attributes that hold them."""

    def __init__(self, owner: type, renamed: Mapping[str, str]) -> None:
        parameters = inspect.signature(owner.__init__).parameters
        #: The class, so that it need not be imported for each task.
        self.owner: Any = owner
        self.values = {
            renamed.get(name, name): parameter.default
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty
        }
        self.argument_names = frozenset(parameters)
        self._plans: dict[Any, list[Field]] = {}

    def field(self, name: str) -> Field:
        return Field(name, name in self.values, self.values.get(name), name.endswith("_date"))

    def fields(self, names: Iterable[str]) -> list[Field]:
        """The fields of these names, always in the same order."""
        plan = self._plans.get(names)
        if plan is None:
            plan = self._plans[names] = [self.field(name) for name in sorted(names)]
        return plan


@cache
def operator_defaults() -> Defaults:
    from airflow.models.baseoperator import BaseOperator

    return Defaults(BaseOperator, {})


@cache
def dag_defaults() -> Defaults:
    from airflow.models.dag import DAG

    renamed = {
        "max_active_tasks": "_max_active_tasks",
        "dag_display_name": "_dag_display_property_value",
        "description": "_description",
        "default_view": "_default_view",
        "access_control": "_access_control",
    }
    return Defaults(DAG, renamed)


def is_left_out(value: Any, field: Field, dag: Any = None) -> bool:
    """Whether `value` is not written. `dag` is the DAG of a task, if it has one."""
    if value is None:
        return not field.is_argument or field.default is None
    if type(value) in _PLAIN:
        return field.is_argument and field.default is value
    if field.is_date and dag is not None and value == getattr(dag, field.name, None):
        return True
    if type(value) not in _VALUES and (isinstance(value, (logging.Logger, type, property)) or _is_connection(value)):
        return True
    return field.is_argument and (field.default is value or value in ({}, []))


def _is_connection(value: Any) -> bool:
    module = sys.modules.get("airflow.models.connection")
    return module is not None and isinstance(value, module.Connection)


def encode_fields(subject: Any, fields: Iterable[Field], dag: Any = None) -> dict[str, Any]:
    """The attributes of `subject` that are written, as JSON."""
    encoded: dict[str, Any] = {}
    for field in fields:
        name, is_argument, default, _ = field
        value = getattr(subject, name, None)
        # Most attributes are their defaults, and most others are plain.
        if value is default and (is_argument or value is None):
            continue
        if value is None or type(value) in _PLAIN:
            if value is not None or is_argument:
                encoded[name] = value
        elif not is_left_out(value, field, dag):
            encoded[name] = _encode(name, value)
    return encoded


def _encode(name: str, value: Any) -> Any:
    if name in TYPED_FIELDS:
        return serialize(value)
    if name == "timetable":
        return encode_timetable(value)
    if name == "weight_rule":
        return encode_priority_weight_strategy(value)
    return untyped(value)

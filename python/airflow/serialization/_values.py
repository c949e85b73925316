"""Any value as JSON: plain values are themselves, others say what they are.

Which encoding a value gets depends on its class only, so it is looked up once for each class.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from airflow.exceptions import SerializationError
from airflow.serialization._marks import TYPE, VAR, typed
from airflow.serialization.enums import DagAttributeTypes as DAT

Encoder = Callable[[Any, bool], Any]

_encoders: dict[type, Encoder] = {}


def serialize(value: Any, strict: bool = False) -> Any:
    """`value` as JSON. What has no encoding becomes its text, or with `strict` an error."""
    kind = type(value)
    encoder = _encoders.get(kind)
    if encoder is None:
        encoder = _encoders[kind] = _find_encoder(value)
    return encoder(value, strict)


def untyped(value: Any) -> Any:
    """`value` as JSON without the mark of its kind, for fields that always have the same kind."""
    encoded = serialize(value)
    if type(encoded) is dict and TYPE in encoded:
        return encoded[VAR]
    return encoded


def _itself(value: Any, strict: bool) -> Any:
    return value


def _member(value: enum.Enum, strict: bool) -> Any:
    return value.value


def _dict(value: dict[Any, Any], strict: bool) -> Any:
    return typed({str(key): serialize(item, strict) for key, item in value.items()}, DAT.DICT)


def _list(value: list[Any], strict: bool) -> Any:
    return [serialize(item, strict) for item in value]


def _tuple(value: tuple[Any, ...], strict: bool) -> Any:
    return typed([serialize(item, strict) for item in value], DAT.TUPLE)


def _set(value: set[Any], strict: bool) -> Any:
    items = [serialize(item, strict) for item in value]
    try:
        items.sort()
    except TypeError:
        # Whatever the order is, it has to be the same in every process.
        items.sort(key=repr)
    return typed(items, DAT.SET)


def _datetime(value: datetime, strict: bool) -> Any:
    return typed(value.timestamp(), DAT.DATETIME)


def _timedelta(value: timedelta, strict: bool) -> Any:
    return typed(value.total_seconds(), DAT.TIMEDELTA)


def _source(value: Any, strict: bool) -> Any:
    from airflow.utils.code_utils import get_python_source

    return str(get_python_source(value))


def _text(value: Any, strict: bool) -> Any:
    if strict:
        raise SerializationError(f"a {type(value).__name__} cannot be serialized: {value!r}")
    return str(value)


_encoders.update(
    {
        type(None): _itself,
        bool: _itself,
        int: _itself,
        float: _itself,
        str: _itself,
        dict: _dict,
        list: _list,
        tuple: _tuple,
        set: _set,
        datetime: _datetime,
        timedelta: _timedelta,
    }
)


def _find_encoder(value: Any) -> Encoder:
    """The order is part of the format: the first class that fits decides."""
    if isinstance(value, (bool, int, float, str)):
        return _member if isinstance(value, enum.Enum) else _itself
    if isinstance(value, dict):
        return _dict
    if isinstance(value, list):
        return _list
    from airflow.serialization import _objects

    for classes, encoder in _objects.BEFORE_CALLABLES:
        if _is_a(value, classes):
            return encoder
    if callable(value):
        return _source
    if isinstance(value, set):
        return _set
    if isinstance(value, tuple):
        return _tuple
    for classes, encoder in _objects.AFTER_CALLABLES:
        if _is_a(value, classes):
            return encoder
    return _text


def _is_a(value: Any, classes: tuple[str, ...]) -> bool:
    """Whether `value` is of one of the classes, which are named `module:Class`.

    A module that nobody has imported has no instances, so none is imported for the question.
    """
    for path in classes:
        module, _, name = path.partition(":")
        if is_instance(value, module, name):
            return True
    return False


def is_instance(value: Any, module: str, name: str) -> bool:
    """Whether `value` is of a class that need not have been imported."""
    # Not getattr: a name that is not there would be explained at length.
    found = vars(sys.modules[module]).get(name) if module in sys.modules else None
    return isinstance(found, type) and isinstance(value, found)

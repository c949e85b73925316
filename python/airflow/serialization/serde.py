"""Values of XComs as JSON, and back: Airflow's format, in which a value names its class and the format's version."""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
import sys
from fnmatch import fnmatch
from typing import Any

from airflow.utils.module_loading import import_string, qualname

CLASSNAME = "__classname__"
VERSION = "__version__"
DATA = "__data__"
SCHEMA_ID = "__id__"

# The format before this one.
OLD_TYPE = "__type"
OLD_DATA = "__var"
OLD_DICT = "dict"

DEFAULT_VERSION = 0
MAX_RECURSION_DEPTH = sys.getrecursionlimit() - 1

_PLAIN = (bool, int, float, str)


def encode(cls: str, version: int, data: Any) -> dict[str, Any]:
    """How a value that is no plain JSON is written down."""
    return {CLASSNAME: cls, VERSION: version, DATA: data}


def decode(d: dict[str, Any]) -> tuple[str, int, Any]:
    """Class name, version and data of what `encode` wrote."""
    classname, version = d[CLASSNAME], d[VERSION]
    if not isinstance(classname, str) or not isinstance(version, int):
        raise ValueError(f"cannot decode {d!r}")
    return classname, version, d.get(DATA)


def serialize(o: Any, depth: int = 0) -> Any:
    """`o` in plain JSON values.

    An object may have a method `serialize`; dataclasses, attrs classes and pydantic models are written by their
    fields. Raises TypeError for anything else.
    """
    if depth == MAX_RECURSION_DEPTH:
        raise RecursionError("the value is nested too deeply to be stored")
    if o is None:
        return None
    if isinstance(o, _PLAIN):
        return o.value if isinstance(o, enum.Enum) else o
    if isinstance(o, list):
        return [serialize(item, depth + 1) for item in o]
    if isinstance(o, dict):
        if CLASSNAME in o or SCHEMA_ID in o:
            raise AttributeError(f"reserved key {CLASSNAME} or {SCHEMA_ID} found in dict to serialize")
        return {str(key): serialize(value, depth + 1) for key, value in o.items()}
    return _serialize_object(o, depth)


def _serialize_object(o: Any, depth: int) -> dict[str, Any]:
    from airflow.serialization import _serde_types

    kind = type(o)
    known = _serde_types.encoded(o)
    if known is not None:
        name, version, data = known
        return encode(name, version, serialize(data, depth + 1))
    if hasattr(o, "serialize"):
        data = o.serialize()
        data = serialize(data, depth + 1) if isinstance(data, dict) else data
    elif _is_pydantic(kind):
        data = serialize(o.model_dump(), depth + 1)
    elif dataclasses.is_dataclass(kind):
        data = serialize(dataclasses.asdict(o), depth + 1)
    elif hasattr(kind, "__attrs_attrs__"):
        # What the constructor takes, and nothing else.
        fields = (field.name for field in kind.__attrs_attrs__ if field.init)
        data = serialize({name: getattr(o, name) for name in fields}, depth + 1)
    else:
        raise TypeError(f"cannot serialize object of type {kind}")
    return encode(qualname(o), getattr(kind, "__version__", DEFAULT_VERSION), data)


def deserialize(o: Any, full: bool = True, type_hint: Any = None) -> Any:
    """The value again. With ``full=False`` no class is loaded, and objects become text for display."""
    if o is None or isinstance(o, _PLAIN):
        return o
    if isinstance(o, (frozenset, list, set, tuple)):
        items = [deserialize(item, full) for item in o]
        return type(o)(items) if isinstance(o, (set, tuple)) else items
    if not isinstance(o, dict):
        return o
    o = _of_old_format(o)
    if type_hint is None and not (CLASSNAME in o and VERSION in o):
        return {str(key): deserialize(value, full) for key, value in o.items()}
    if CLASSNAME in o and VERSION in o:
        name, version, data = decode(o)
    else:
        name, version, data = qualname(type_hint), DEFAULT_VERSION, o
    if not name:
        raise TypeError("classname cannot be empty")
    return _deserialize_object(name, version, data) if full else _as_text(name, version, data)


def _deserialize_object(name: str, version: int, data: Any) -> Any:
    from airflow.serialization import _serde_types

    if name in _serde_types.DECODERS:
        return _serde_types.decoded(name, version, deserialize(data))
    if not _is_allowed(name):
        raise ImportError(
            f"{name} was not found in allow list for deserialization imports. To allow it, add it to "
            "allowed_deserialization_classes in the section [core] of airflow.cfg"
        )
    kind = import_string(name)
    if hasattr(kind, "deserialize"):
        return kind.deserialize(deserialize(data), version)
    if hasattr(kind, "__attrs_attrs__") or dataclasses.is_dataclass(kind) or _is_pydantic(kind):
        newest = getattr(kind, "__version__", DEFAULT_VERSION)
        if version > newest:
            raise TypeError(f"the stored version {version} of {name} is newer than the class's, {newest}")
        return kind(**deserialize(data))
    raise TypeError(f"No deserializer found for {name}")


def _of_old_format(o: dict[str, Any]) -> dict[str, Any]:
    if OLD_TYPE not in o or OLD_DATA not in o:
        return o
    return o[OLD_DATA] if o[OLD_TYPE] == OLD_DICT else encode(o[OLD_TYPE], DEFAULT_VERSION, o[OLD_DATA])


def _as_text(name: str, version: int, data: Any) -> str:
    if name in ("builtins.frozenset", "builtins.set", "builtins.tuple"):
        return f"({','.join(str(item) for item in data)})"
    if isinstance(data, _PLAIN):
        shown = str(data)
    elif isinstance(data, dict):
        shown = ",".join(f"{key}={deserialize(value, full=False)}" for key, value in data.items())
    else:
        shown = ",".join(str(deserialize(data, full=False))) if data is not None else ""
    return f"{name}@version={version}({shown})"


@functools.cache
def _is_allowed(name: str) -> bool:
    """Whether a class of this name may be loaded, by the settings."""
    from airflow.configuration import conf

    globs = conf.get("core", "allowed_deserialization_classes", fallback="airflow.*").split()
    patterns = conf.get("core", "allowed_deserialization_classes_regexp", fallback="").split()
    return any(fnmatch(name, glob) for glob in globs) or any(re.match(pattern, name) for pattern in patterns)


def _is_pydantic(kind: Any) -> bool:
    return all(hasattr(kind, name) for name in ("model_config", "model_fields", "model_fields_set"))

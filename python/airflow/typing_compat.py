"""Names of `typing` that older versions of Python have elsewhere."""

from __future__ import annotations

from typing import Literal, Protocol, TypedDict, runtime_checkable

__all__ = ["Literal", "Protocol", "TypedDict", "runtime_checkable"]

_NEWER = ("ParamSpec", "Self", "TypeGuard")


def __getattr__(name: str) -> object:
    import typing

    if hasattr(typing, name):
        return getattr(typing, name)
    if name in _NEWER:
        # Python 3.9: good enough for annotations.
        return typing.TypeVar if name == "ParamSpec" else typing.Any
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

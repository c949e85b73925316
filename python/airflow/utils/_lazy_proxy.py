"""An object that stands for a value until somebody uses it."""

from __future__ import annotations

import operator
from typing import Any, Callable

_NOTHING = object()


class LazyProxy:
    """Computes its value at the first use of any kind, and then behaves as the value."""

    __slots__ = ("__compute", "__value")

    def __init__(self, compute: Callable[[], Any]) -> None:
        object.__setattr__(self, "_LazyProxy__compute", compute)
        object.__setattr__(self, "_LazyProxy__value", _NOTHING)

    @property
    def __wrapped__(self) -> Any:
        value = object.__getattribute__(self, "_LazyProxy__value")
        if value is _NOTHING:
            value = object.__getattribute__(self, "_LazyProxy__compute")()
            object.__setattr__(self, "_LazyProxy__value", value)
        return value

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.__wrapped__)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__wrapped__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__wrapped__, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__wrapped__, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __format__(self, specification: str) -> str:
        return format(self.__wrapped__, specification)

    def __reduce__(self) -> Any:
        return _itself, (self.__wrapped__,)


def _itself(value: Any) -> Any:
    return value


def _forward(name: str, function: Callable[..., Any]) -> None:
    def method(self: LazyProxy, *args: Any) -> Any:
        return function(self.__wrapped__, *args)

    method.__name__ = name
    setattr(LazyProxy, name, method)


def _reflect(name: str, function: Callable[..., Any]) -> None:
    def method(self: LazyProxy, other: Any) -> Any:
        return function(other, self.__wrapped__)

    method.__name__ = name
    setattr(LazyProxy, name, method)


for _function in (str, repr, bytes, bool, len, iter, next, hash, int, float, complex, abs, dir, reversed, round):
    _forward(f"__{_function.__name__}__", _function)
for _name in ("lt", "le", "eq", "ne", "gt", "ge", "getitem", "setitem", "delitem", "contains", "index"):
    _forward(f"__{_name}__", getattr(operator, _name))
for _name in ("neg", "pos", "invert"):
    _forward(f"__{_name}__", getattr(operator, _name))
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift"):
    _bare = _name.rstrip("_")
    _forward(f"__{_bare}__", getattr(operator, _name))
    _reflect(f"__r{_bare}__", getattr(operator, _name))

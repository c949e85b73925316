"""The source text of functions."""

from __future__ import annotations

import functools
import inspect
from typing import Any


def get_python_source(x: Any) -> str | None:
    """The source of a function, method, class or callable object; never an exception for lack of one."""
    if x is None or isinstance(x, str):
        return x
    if isinstance(x, functools.partial):
        return inspect.getsource(x.func)
    for candidate in (x, getattr(x, "__call__", None)):  # noqa: B004 - it may be a property that says no
        try:
            return inspect.getsource(candidate)
        except TypeError:
            continue
    return f"No source code available for {type(x)}"

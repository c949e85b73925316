"""Objects by their dotted names."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any


def import_string(dotted_path: str) -> Any:
    """The object ``package.module.name``; raises ImportError where there is none."""
    module, dot, name = dotted_path.rpartition(".")
    if not dot:
        raise ImportError(f"{dotted_path} doesn't look like a module path")
    try:
        return getattr(import_module(module), name)
    except AttributeError:
        raise ImportError(f'Module "{module}" does not define a "{name}" attribute/class') from None


def qualname(o: Any) -> str:
    """The name under which `import_string` finds a class or function, or the class of any other object."""
    if callable(o) and hasattr(o, "__module__") and hasattr(o, "__name__"):
        return f"{o.__module__}.{o.__name__}"
    kind = o if isinstance(o, type) else type(o)
    return f"{kind.__module__}.{kind.__qualname__}"


def iter_namespace(ns: Any) -> Any:
    """The modules of a package."""
    return pkgutil.iter_modules(ns.__path__, ns.__name__ + ".")

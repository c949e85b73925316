"""Says what to do when a DAG file imports a name that Airflow has and this package has not.

One import hook looks after all modules of this package, so that none of them has to. What Airflow has is in
`_absent_names`, which is loaded with the first such name. Old names that Airflow still redirects are redirected here.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_WHAT_TO_DO = (
    "Either write the DAG without it, or use the full Airflow: install apache-airflow 2.10.5 into the Python "
    "environment and set [updraft] python_sdk = apache."
)
#: Groups of provider packages: the name of the package has one more word.
_PROVIDER_GROUPS = frozenset({"apache", "atlassian", "cncf", "common", "dbt", "microsoft"})


class _Finder:
    """Stands behind all others, so it is asked only for modules that are nowhere."""

    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> Any:
        # `importlib.util.find_spec`, which others use to ask whether a module is there, must get None.
        is_import = sys._getframe(2).f_code.co_name == "_find_and_load_unlocked"
        if not fullname.startswith("airflow.") or not is_import:
            return None
        if fullname.startswith("airflow.providers."):
            raise ModuleNotFoundError(_missing_provider(fullname), name=fullname)
        if _old_names(fullname) is not None:
            from _frozen_importlib import ModuleSpec

            return ModuleSpec(fullname, _OldModuleLoader(), is_package=True)
        if _is_module(fullname):
            raise ModuleNotFoundError(_sentence(f"the module {fullname}"), name=fullname)
        return None


class _OldModuleLoader:
    """Makes a module whose names are elsewhere now."""

    @staticmethod
    def create_module(spec: Any) -> None:
        return None

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        module.__getattr__ = getattr_of(module.__name__)  # type: ignore[method-assign]


def install() -> None:
    """Adds the import hooks; more than one call changes nothing."""
    if any(isinstance(finder, type) and finder.__name__ == _Finder.__name__ for finder in sys.meta_path):
        return
    sys.meta_path.insert(0, _Watcher)  # type: ignore[arg-type]
    sys.meta_path.append(_Finder)  # type: ignore[arg-type]


class _Watcher:
    """Gives each module of this package a `__getattr__`, unless it has one of its own."""

    @staticmethod
    def find_spec(fullname: str, path: Any = None, target: Any = None) -> Any:
        if not fullname.startswith("airflow.") or fullname.startswith("airflow.providers."):
            return None
        from _frozen_importlib_external import PathFinder, SourceFileLoader

        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader.__class__ = _watching(SourceFileLoader)
        return spec


def _watching(kind: type[Any]) -> type[Any]:
    if "loader" not in _cache:

        class Loader(kind):  # type: ignore[misc]
            """Python's own loader of source files, with a `__getattr__` for the module."""

            def exec_module(self, module: ModuleType) -> None:
                super().exec_module(module)
                module.__dict__.setdefault("__getattr__", getattr_of(module.__name__))

        _cache["loader"] = Loader
    return _cache["loader"]


_cache: dict[str, Any] = {}


def getattr_of(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module: redirects old names, and explains those that are not there."""

    def __getattr__(name: str) -> Any:
        if name.startswith("__") or sys._getframe(1).f_code.co_name == "_handle_fromlist":
            # The import system asks before it looks for a submodule of that name; it asks again if there is none.
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new_place = (_old_names(module) or {}).get(name)
        if new_place is not None:
            return _redirected(module, name, new_place)
        raise AttributeError(explain_attribute(module, name))

    return __getattr__


def _redirected(module: str, name: str, new_place: str) -> Any:
    from importlib import import_module

    from airflow._deprecation import warn

    warn(f"{module}.{name} is deprecated; use {new_place}", DeprecationWarning)
    new_module, _, new_name = new_place.rpartition(".")
    return getattr(import_module(new_module), new_name)


def explain_attribute(module: str, name: str) -> str:
    """Why a module has not this name.

    In `from module import name` Python would replace the text of an AttributeError by its own, so there this raises an
    ImportError itself. `hasattr` and `getattr` must get an AttributeError.
    """
    plain = f"module {module!r} has no attribute {name!r}"
    if name.startswith("__"):
        return plain
    asker = _asker()
    if asker.f_code.co_name == "_handle_fromlist" or not _has(module, name):
        return plain
    message = _sentence(f"{module}.{name}")
    from opcode import opmap

    if asker.f_code.co_code[asker.f_lasti] == opmap["IMPORT_FROM"]:
        raise ImportError(message, name=module)
    return message


def _asker() -> Any:
    """The frame of the code that asked for the name."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_name in ("__getattr__", "annotation"):
        frame = frame.f_back
    return frame


def _sentence(what: str) -> str:
    return f"Airflow 2.10.5 has {what}, but the bundled API of Updraft does not (yet). {_WHAT_TO_DO}"


def _missing_provider(fullname: str) -> str:
    parts = fullname.split(".")[2:]
    is_group = parts[0] in _PROVIDER_GROUPS
    names = [name.replace("_", "-") for name in parts[: 2 if is_group else 1]]
    package = "apache-airflow-providers-" + "-".join(names) + ("-…" if is_group and len(names) == 1 else "")
    return (
        f"No module named {fullname!r}: it is part of the provider package {package}, which is not installed "
        "in this Python environment, or of a newer version of it"
    )


def _facts() -> dict[str, frozenset[str]]:
    if "names" not in _cache:
        from airflow._absent_names import NAMES

        lines = (line.split(" ") for line in NAMES.splitlines())
        _cache["names"] = {
            "airflow" if module == "." else f"airflow.{module}": frozenset(names) for module, *names in lines
        }
    return _cache["names"]


def _is_module(fullname: str) -> bool:
    return fullname in _facts()


def _has(module: str, name: str) -> bool:
    return name in _facts().get(module, ()) or _is_module(f"{module}.{name}")


def _old_names(module: str) -> dict[str, str] | None:
    """The names of an old module; that of a package of such modules are none. None where it is neither."""
    from airflow._absent_names import OLD

    old = module[len("airflow.") :]
    if old in OLD:
        return OLD[old]
    return {} if any(name.startswith(f"{old}.") for name in OLD) else None

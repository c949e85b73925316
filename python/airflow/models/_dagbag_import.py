"""Imports DAG files as modules, and remembers their errors."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import logging
import os
import sys
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from airflow import settings
from airflow.exceptions import AirflowTaskTimeout
from airflow.models._dag_context import DagContext
from airflow.utils.file import get_unique_dag_module_name, might_contain_dag

log = logging.getLogger("airflow.models.dagbag.DagBag")


def load_file(path: str, safe_mode: bool, bag: Any) -> list[ModuleType]:
    """The module of a Python file; nothing if it has no DAG, or an error that `bag` now knows."""
    if not might_contain_dag(path, safe_mode):
        log.info("File %s assumed to contain no DAGs. Skipping.", path)
        return []
    name = get_unique_dag_module_name(path)
    sys.modules.pop(name, None)
    DagContext.current_autoregister_module_name = name
    seconds = settings.get_dagbag_import_timeout(path)
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"get_dagbag_import_timeout gives a number of seconds, not {seconds!r}")
    if seconds <= 0:
        return _import_file(path, name, bag)
    from airflow.utils.timeout import timeout

    message = (
        f"DagBag import timeout for {path} after {seconds}s.\n"
        "What takes long belongs into tasks: the file is imported again and again. "
        "[core] dagbag_import_timeout is the limit."
    )
    with timeout(seconds, error_message=message):
        return _import_file(path, name, bag)


def _import_file(path: str, name: str, bag: Any) -> list[ModuleType]:
    try:
        loader = importlib.machinery.SourceFileLoader(name, path)
        spec = importlib.util.spec_from_loader(name, loader)
        module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
        sys.modules[name] = module
        loader.exec_module(module)
    except (Exception, AirflowTaskTimeout) as error:
        _failed(path, error, bag)
        return []
    return [module]


def load_archive(path: str, safe_mode: bool, bag: Any) -> list[ModuleType]:
    """The modules at the top of a zip archive that may have DAGs."""
    modules = []
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            inside = PurePosixPath(entry.filename)
            if inside.suffix not in (".py", ".pyc") or len(inside.parts) > 1:
                continue
            if inside.stem == "__init__":
                log.warning("Found %s at root of %s", inside.name, path)
            if not might_contain_dag(entry.filename, safe_mode, archive):
                log.info("File %s:%s assumed to contain no DAGs. Skipping.", path, entry.filename)
                continue
            modules += _import_from_archive(path, inside, bag)
    return modules


def _import_from_archive(path: str, inside: PurePosixPath, bag: Any) -> list[ModuleType]:
    sys.modules.pop(inside.stem, None)
    DagContext.current_autoregister_module_name = inside.stem
    sys.path.insert(0, path)
    try:
        return [importlib.import_module(inside.stem)]
    except Exception as error:
        _failed(os.path.join(path, inside.name), error, bag)
        return []
    finally:
        if sys.path[0] == path:
            del sys.path[0]


def _failed(path: str, error: BaseException, bag: Any) -> None:
    # DAGs that were made before the error are not to be found by the next file.
    DagContext.autoregistered_dags.clear()
    log.exception("Failed to import: %s", path)
    if bag.dagbag_import_error_tracebacks:
        from airflow.models._import_error import describe

        bag.import_errors[path] = describe(error, bag.dagbag_import_error_traceback_depth)
    else:
        bag.import_errors[path] = str(error)


@contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """The warnings of a block, as text; they are shown after it."""
    texts: list[str] = []
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as found:
            caught = found
            yield texts
    finally:
        for warning in caught:
            texts.append(_text(warning))
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _text(warning: warnings.WarningMessage) -> str:
    category = warning.category
    name = category.__name__ if category.__module__ == "builtins" else f"{category.__module__}.{category.__name__}"
    return f"{warning.filename}:{warning.lineno}: {name}: {warning.message}"

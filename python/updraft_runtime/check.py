"""Everything that is wrong with a DAG file: the Python half of `updraft check`.

The file has been imported and its DAGs have been serialized as always; here their errors become
problems with a place and a hint, and what is no error but will surprise is added.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from airflow.models.baseoperator import BaseOperator
from airflow.models.dag import DAG

from updraft_runtime import check_dags, check_errors, sdk
from updraft_runtime.check_problem import WARNING, Problem
from updraft_runtime.check_source import Source

_WARNING = re.compile(r"^(?P<file>.+?):(?P<line>\d+): (?P<kind>[\w.]+): (?P<message>.*)$", re.DOTALL)


def problems(imported: Any, errors: dict[str, str], dags_folder: str) -> list[Problem]:
    """The problems of a file that was imported with whole tracebacks, in the order of its lines."""
    source = _read(imported.path)
    found = list(source.problems())
    if sdk.is_bundled():
        found += source.database_sessions()
    module = _module(imported.path)
    found += check_dags.same_ids(module, source)
    for path, text in errors.items():
        problem = check_errors.problem(path, text, dags_folder, source, _arguments())
        ways = list(check_dags.cycles(source)) if problem.kind == "cycle" else []
        found += ways or [problem]
    for dag in imported.bag.dags.values():
        found += check_dags.problems(dag, source)
    found += _deprecations(imported)
    if not imported.bag.dags and not errors:
        found += _no_dag(imported.path, source)
    return sorted(found, key=lambda problem: (problem.path, problem.line or 0))


def _read(path: str) -> Source:
    try:
        with open(path, encoding="utf-8") as stream:
            return Source(path, stream.read())
    except (OSError, UnicodeDecodeError):
        # An archive, or a file that is gone.
        return Source(path, "")


def _module(path: str) -> Any:
    """The module that the file became, if its import ended well."""
    return next(
        (
            module
            for name, module in list(sys.modules.items())
            if name.startswith("unusual_prefix_") and getattr(module, "__file__", None) == path
        ),
        None,
    )


def _arguments() -> dict[str, list[str]]:
    """What the constructors of all operators that are known here take, by the name of the class."""
    found: dict[str, list[str]] = {}
    pending: list[type] = [BaseOperator, DAG]
    while pending:
        cls = pending.pop()
        if cls.__name__ in found:
            continue
        found[cls.__name__] = sorted(
            {name for base in cls.__mro__ if "__init__" in vars(base) for name in _parameters(base)}
        )
        pending.extend(cls.__subclasses__())
    return found


def _parameters(cls: type) -> list[str]:
    try:
        parameters = inspect.signature(cls.__init__).parameters.values()
    except (TypeError, ValueError):
        return []
    return [parameter.name for parameter in parameters if parameter.kind is not parameter.VAR_KEYWORD]


def _deprecations(imported: Any) -> Iterator[Problem]:
    for messages in imported.bag.captured_warnings.values():
        for text in messages:
            match = _WARNING.match(text)
            if match is None or match["file"] not in imported.files:
                continue
            kind = match["kind"].rpartition(".")[2]
            is_deprecation = "Deprecat" in kind or "RemovedIn" in kind
            yield Problem(
                "deprecated" if is_deprecation else "warning",
                match["file"],
                f"{kind}: {match['message']}",
                "it still works; the message says what takes its place" if is_deprecation else "see the message",
                int(match["line"]),
                severity=WARNING,
            )


def _no_dag(path: str, source: Source) -> Iterator[Problem]:
    uncalled = source.uncalled_dag_functions()
    for name, line in uncalled:
        yield Problem(
            "no_dag",
            path,
            f"{name} is a function under @dag that is never called, so it makes no DAG",
            f"call it at the end of the file: {name}()",
            line,
            severity=WARNING,
        )
    # Other files are modules that DAG files import.
    if not uncalled and source.calls_dag_at_parse():
        yield Problem(
            "no_dag",
            path,
            "the file makes no DAG",
            "a DAG is in a variable of the file, or made by `with DAG(...):` or by a call of a @dag function",
            severity=WARNING,
        )

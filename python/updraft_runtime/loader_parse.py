"""The `parse` role of a child: import one DAG file and report every DAG and error in it."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from airflow.serialization.serialized_objects import SerializedDAG
from airflow.utils.file import correct_maybe_zipped

from updraft_runtime import loader_traces
from updraft_runtime.loader import ImportedFile, import_file
from updraft_runtime.loader_describe import describe

log = logging.getLogger("airflow.processor")

#: So that the line of the author's own file is in the traceback, however deep the error is.
WHOLE_TRACEBACK = 1000

Send = Callable[[dict[str, Any], bytes], None]


def answer(request: dict[str, Any], send: Send) -> bool:
    """Answers a `parse` request: `dag`, `import_error` and `warning` messages, `parsed` at the end.

    With `check` in the facts there are `problem` messages too, and tracebacks are whole. With `shared` it
    tells whether the process may go on with another file.
    """
    path = str(correct_maybe_zipped(request["path"]))
    folder = request["dags_folder"]
    before = loader_traces.state(folder) if request.get("shared") else None
    facts = request.get("request") or {}
    checked = bool(facts.get("check"))
    if checked:
        # Python hides what is deprecated from all but the program itself.
        warnings.simplefilter("default")
    imported = import_file(path, request["dags_folder"], WHOLE_TRACEBACK if checked else None)
    errors = dict(imported.bag.import_errors)
    for _, dag in sorted(imported.bag.dags.items()):
        try:
            _send_dag(dag, facts.get("last_automated_intervals") or {}, send)
        except Exception:  # noqa: BLE001 - a DAG's own objects run during serialization
            log.exception("Cannot serialize DAG %s of %s", dag.dag_id, dag.fileloc)
            errors[dag.fileloc] = traceback.format_exc(limit=-imported.bag.dagbag_import_error_traceback_depth)
    for fileloc, stacktrace in errors.items():
        send({"type": "import_error", "path": fileloc, "stacktrace": stacktrace}, b"")
        _tell_listeners(fileloc, stacktrace, known=fileloc in facts.get("known_import_errors", ()))
    _send_warnings(imported, send)
    if checked:
        _send_problems(imported, errors, request["dags_folder"], send)
    clean = before is not None and not errors and loader_traces.is_clean(before, path, folder)
    send(
        {
            "type": "parsed",
            "seconds": round(imported.seconds, 6),
            "files": imported.files,
            "folders": imported.folders,
            "clean": clean,
        },
        b"",
    )
    return clean


def _send_dag(dag: Any, last_automated_intervals: dict[str, list[str]], send: Send) -> None:
    message = {"type": "dag", **describe(dag, last_automated_intervals.get(dag.dag_id))}
    if dag.is_subdag:
        # A sub-DAG has a row of its own but is serialized inside its parent only.
        send({**message, "dag_hash": None}, b"")
        return
    try:
        with _no_collection():
            dag_hash, text = _serialize(dag)
    except Exception:
        # The row is still written, with has_import_errors; what was serialized before stays.
        send({**message, "dag_hash": None}, b"")
        raise
    send({**message, "dag_hash": dag_hash}, text)


def _serialize(dag: Any) -> tuple[str, bytes]:
    data = SerializedDAG.to_dict(dag)
    # Airflow hashes the sorted form but stores the unsorted one: the order of task group
    # children is the order of their definition.
    dag_hash = hashlib.md5(json.dumps(data, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    return dag_hash, json.dumps(data).encode()


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """A collection would walk through all that is made, again and again, and find nothing to free."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _send_warnings(imported: ImportedFile, send: Send) -> None:
    for path, messages in imported.bag.captured_warnings.items():
        send({"type": "warning", "path": path, "messages": list(messages)}, b"")


def _send_problems(imported: ImportedFile, errors: dict[str, str], dags_folder: str, send: Send) -> None:
    from updraft_runtime.check import problems

    for problem in problems(imported, errors, dags_folder):
        send(problem.as_message(), b"")


def _tell_listeners(filename: str, stacktrace: str, *, known: bool) -> None:
    from airflow.listeners.listener import get_listener_manager

    hook = get_listener_manager().hook
    call = hook.on_existing_dag_import_error if known else hook.on_new_dag_import_error
    try:
        call(filename=filename, stacktrace=stacktrace)
    except Exception:  # noqa: BLE001 - a listener must not hide the error it is told of
        log.exception("A listener failed on the import error of %s", filename)

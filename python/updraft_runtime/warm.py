"""A process that has imported one DAG file, from which its tasks fork.

It may serve only if the import left a single thread and no open socket: a fork copies neither
other threads nor the state of a connection.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import time
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

from updraft_runtime import preload_memory
from updraft_runtime.fork_server import ForkServer
from updraft_runtime.lifeline import name_process
from updraft_runtime.preload import open_sockets, threads

_kept: dict[str, Any] = {}


def is_warm(path: str) -> bool:
    """Whether the DAG file was imported before this process was forked."""
    return path in _kept


@contextlib.contextmanager
def kept(path: str, bag: Any) -> Iterator[None]:
    """Has `path` count as imported already, for a while."""
    _kept[path] = bag
    try:
        yield
    finally:
        del _kept[path]


def dag_bag(path: str, dags_folder: str) -> Any:
    """The DagBag of one file: what the warm process left behind, else imported now."""
    kept = _kept.get(path)
    return _import(path, dags_folder).bag if kept is None else kept


def _import(path: str, dags_folder: str) -> Any:
    # The loader needs the SDK, which this module must not import before it is asked to.
    from updraft_runtime import loader

    return loader.import_file(path, dags_folder)


def serve(control: socket.socket) -> NoReturn:
    """Imports the file that the first message names, answers, and serves forks of itself."""
    name_process("updraft-warm")
    server = ForkServer(control, float(os.environ.get("UPDRAFT_ORPHAN_GRACE_SECONDS", "5")))
    load = server.next_message()
    if load is None:
        os._exit(0)
    answer = _load(load["path"], load["dags_folder"])
    server.send(answer)
    if not answer["ok"]:
        os._exit(0)
    server.serve()


def _load(path: str, dags_folder: str) -> dict[str, Any]:
    started = time.monotonic()
    error = None
    files = [path]
    gc.disable()
    try:
        imported = _import(path, dags_folder)
        files = imported.files
        if imported.bag.import_errors:
            error = "\n".join(imported.bag.import_errors.values())
        _kept[path] = imported.bag
        _make_ready(imported.bag)
    except Exception:  # noqa: BLE001 - whatever a DAG file raises
        error = traceback.format_exc()
    gc.collect()
    gc.freeze()
    # One socket is the control socket.
    sockets = open_sockets() - 1
    thread_count = threads()
    if error is None and thread_count > 1:
        error = f"the import left {thread_count} threads"
    if error is None and sockets > 0:
        error = f"the import left {sockets} open sockets"
    return {
        "type": "loaded",
        "ok": error is None,
        "threads": thread_count,
        "open_sockets": sockets,
        "seconds": time.monotonic() - started,
        "files": files,
        "rss_kb": preload_memory.private_kb(),
        "error": error,
    }


def _make_ready(bag: Any) -> None:
    from updraft_runtime import rendering

    rendering.keep_environments(bag.dags.values())

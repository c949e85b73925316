"""A process that has imported one DAG file, from which its tasks fork.

It may serve only if the import left a single thread and no open socket: a fork copies neither
other threads nor the state of a connection.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
import time
import traceback
from typing import Any, NoReturn

from updraft_runtime.fork_server import ForkServer
from updraft_runtime.preload import open_sockets, threads

_kept: dict[str, Any] = {}


def is_warm(path: str) -> bool:
    """Whether the DAG file was imported before this process was forked."""
    return path in _kept


def dag_bag(path: str, dags_folder: str) -> Any:
    """The DagBag of one file: what the warm process left behind, else imported now."""
    kept = _kept.get(path)
    return import_file(path, dags_folder) if kept is None else kept


def import_file(path: str, dags_folder: str) -> Any:
    from airflow.models.dagbag import DagBag

    if dags_folder not in sys.path:
        sys.path.append(dags_folder)
    # The file is known to hold DAGs, so it is not searched for the words that say so.
    return DagBag(dag_folder=path, include_examples=False, safe_mode=False, load_op_links=False)


def serve(control: socket.socket) -> NoReturn:
    """Imports the file that the first message names, answers, and serves forks of itself."""
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
    opened = OpenedFiles()
    error = None
    gc.disable()
    try:
        bag = import_file(path, dags_folder)
        if bag.import_errors:
            error = "\n".join(bag.import_errors.values())
        _kept[path] = bag
    except Exception:  # noqa: BLE001 - whatever a DAG file raises
        error = traceback.format_exc()
    finally:
        opened.stop()
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
        "files": sorted(opened.paths | {path}),
        "rss_kb": _private_kb(),
        "error": error,
    }


class OpenedFiles:
    """Files that are opened while it records, except those of the interpreter and of packages.

    An audit hook cannot be taken away again, so it is switched off.
    """

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self._recording = True
        self._outside = tuple(
            os.path.realpath(prefix) + os.sep
            for prefix in {sys.prefix, sys.base_prefix, os.path.dirname(__file__)}
        ) + ("/proc/", "/dev/", "/sys/", "/usr/", "/etc/")
        sys.addaudithook(self._hook)

    def stop(self) -> None:
        self._recording = False

    def _hook(self, event: str, arguments: tuple) -> None:
        if not self._recording or event != "open":
            return
        path, mode, flags = arguments
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or (isinstance(flags, int) and flags & os.O_ACCMODE):
            return
        path = os.path.abspath(path)
        if "/__pycache__/" in path:
            # The compiled file stands for its source.
            directory, name = path.split("/__pycache__/", 1)
            path = f"{directory}/{name.split('.', 1)[0]}.py"
        if not os.path.realpath(path).startswith(self._outside):
            self.paths.add(path)


def _private_kb() -> int:
    """Memory that this process does not share with the zygote."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
            return sum(
                int(line.split()[1]) for line in rollup if line.startswith(("Private_", "Swap:"))
            )
    except OSError:
        return 0

"""Imports a DAG file the way Airflow's DagBag does and remembers what the import touched.

Import and bagging are Airflow's own code: module names, safe mode, zip archives, cluster policies,
the cycle test, import time-outs and the text of import errors are therefore the installed
version's. Nothing here opens a database connection; a DAG file may.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from dataclasses import dataclass, field
from itertools import islice
from types import ModuleType
from typing import Any

from airflow.configuration import conf
from airflow.exceptions import DagNotFound
from airflow.models.dagbag import DagBag
from airflow.utils.file import correct_maybe_zipped

from updraft_runtime import sdk, warm


@dataclass
class ImportedFile:
    """One DAG file after its import."""

    path: str
    bag: DagBag
    seconds: float
    #: Files below the DAG folder that the import read, the DAG file included.
    files: list[str] = field(default_factory=list)
    #: Folders below the DAG folder whose entries the import listed.
    folders: list[str] = field(default_factory=list)


class _Trace:
    """Notes files and folders that this process opens, through an audit hook.

    Python cannot remove an audit hook, so there is one for the life of the process and it does
    nothing while no import is traced.
    """

    def __init__(self) -> None:
        self.opened: set[str] | None = None
        self.listed: set[str] = set()
        #: Folders that the import system searched for modules.
        self.searched: set[str] = set()
        self.installed = False

    def start(self) -> None:
        if not self.installed:
            sys.addaudithook(self._hook)
            self.installed = True
        self.listed = set()
        self.searched = set()
        self.opened = set()

    def stop(self) -> set[str]:
        opened, self.opened = self.opened or set(), None
        return opened

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.opened is None:
            return
        if event == "open":
            if isinstance(args[0], (str, bytes)):
                self.opened.add(os.fsdecode(args[0]))
        elif event in ("os.listdir", "os.scandir") and isinstance(args[0], (str, bytes)):
            caller = sys._getframe(1).f_code.co_filename
            # Also importlib.metadata, which looks for installed packages along sys.path.
            by_import = "importlib" in caller
            (self.searched if by_import else self.listed).add(os.fsdecode(args[0]))


_trace = _Trace()


def import_file(path: str, dags_folder: str, traceback_depth: int | None = None) -> ImportedFile:
    """Imports `path` into a fresh DagBag. Errors of the file are in the bag, never raised.

    `traceback_depth` is how many frames they show, if not as many as is configured.
    """
    safe_mode = conf.getboolean("core", "dag_discovery_safe_mode")
    bag = DagBag(dags_folder, include_examples=False, safe_mode=safe_mode, collect_dags=False)
    if traceback_depth is not None:
        bag.dagbag_import_error_traceback_depth = traceback_depth
    if dags_folder not in sys.path:
        sys.path.append(dags_folder)
    modules_before = len(sys.modules)
    started = time.perf_counter()
    _trace.start()
    try:
        bag.process_file(path, only_if_updated=False, safe_mode=safe_mode)
    except BaseException as error:  # noqa: BLE001 - also sys.exit() at import
        bag.import_errors[path] = _error_text(error, bag.dagbag_import_error_traceback_depth)
    finally:
        opened = _trace.stop()
    seconds = time.perf_counter() - started
    opened.update(_origins(len(sys.modules) - modules_before))
    opened.add(path)
    # A module that is missing now may be added to a folder that was searched.
    folders = _trace.listed | (_trace.searched if bag.import_errors else set())
    return ImportedFile(
        path,
        bag,
        seconds,
        files=sorted(_below(opened, dags_folder, os.path.isfile)),
        folders=sorted(_below(folders, dags_folder, os.path.isdir)),
    )


def _origins(count: int) -> list[str]:
    """Files of the modules that were imported last.

    Byte code is read instead of a source file, so the audit hook alone does not see all of them.
    """
    origins = []
    # From the end: to touch every name would copy the memory pages that hold them.
    for name in list(islice(reversed(sys.modules), max(count, 0))):
        # Not getattr: some libraries put lazy objects there, which import on attribute access.
        if isinstance(module := sys.modules.get(name), ModuleType) and (origin := vars(module).get("__file__")):
            origins.append(origin)
    return origins


def _error_text(error: BaseException, depth: int) -> str:
    # DagBag catches Exception only: a SystemExit would otherwise end the parse with no trace.
    return "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-depth))


def _below(paths: set[str], dags_folder: str, kind: Any) -> set[str]:
    """The paths that lie below `dags_folder`, absolute; byte code caches are left out."""
    root = os.path.join(os.path.abspath(dags_folder), "")
    found = set()
    for path in paths:
        absolute = os.path.abspath(path)
        if absolute.endswith(".pyc") or f"{os.sep}__pycache__" in absolute:
            continue
        if os.path.join(absolute, "").startswith(root) and kind(absolute):
            found.add(absolute)
    return found


def parse(channel: Any, request: dict[str, Any]) -> int:
    """The `parse` role of a child. The exit code says nothing about the file."""
    from updraft_runtime.execution_link import SupervisorLink
    from updraft_runtime.loader_parse import answer

    link = SupervisorLink(channel)
    if sdk.is_bundled():
        # Variables and Connections that the file asks for come from the supervisor.
        from airflow import _supervisor

        _supervisor.install(link)
    if "render" in (request.get("request") or {}):
        from updraft_runtime import render

        render.answer(request, link)
        return 0
    if "manual_interval" in (request.get("request") or {}):
        from updraft_runtime import manual_interval

        manual_interval.answer(request, link)
        return 0
    while answer(request, link.send):
        following = channel.receive()
        if following is None:
            break
        request = following
    return 0


def load_dag(path: str, dags_folder: str, dag_id: str) -> Any:
    """The DAG `dag_id` of the file `path`, which is a DAG's `fileloc` (also inside a zip archive)."""
    if ".zip" in path:
        path = str(correct_maybe_zipped(path))
    bag = warm.dag_bag(path, dags_folder)
    dag = bag.dags.get(dag_id)
    if dag is None:
        raise DagNotFound(f"DAG {dag_id!r} is not in {path}{_reason(path, bag)}")
    return dag


def _reason(path: str, bag: DagBag) -> str:
    if not os.path.exists(path):
        return ": the file does not exist"
    if bag.import_errors:
        return ":\n" + "\n".join(bag.import_errors.values())
    return "; it defines: " + (", ".join(sorted(bag.dags)) or "no DAG")

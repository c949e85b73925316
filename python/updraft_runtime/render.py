"""`tasks render`: the template fields of a task, filled in by a child with the role `parse`."""

from __future__ import annotations

import pickle
import time
import traceback
from collections.abc import Iterator
from typing import Any

from updraft_runtime import task_runner
from updraft_runtime.context import build_context
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.frames import Message
from updraft_runtime.rendering import render_task
from updraft_runtime.sdk_tasks import tasks


def answer(request: dict[str, Any], link: SupervisorLink) -> None:
    """A `rendered` message for each field with its text as the blob, or one `import_error`."""
    began = time.perf_counter()
    try:
        fields = list(_fields(request, link))
    except BaseException:  # noqa: BLE001 - a DAG file may raise or exit as it likes
        link.send({"type": "import_error", "path": request["path"], "stacktrace": traceback.format_exc()})
    else:
        for name, text in fields:
            link.send({"type": "rendered", "field": name}, text.encode("utf-8", "replace"))
    link.send({"type": "parsed", "seconds": round(time.perf_counter() - began, 6), "files": [], "folders": []})


def _fields(request: dict[str, Any], link: SupervisorLink) -> Iterator[tuple[str, str]]:
    wanted = request["request"]["render"]
    places = {"path": request["path"], "dags_folder": request["dags_folder"]}
    message = Message({**wanted, **places}, pickle.dumps(wanted.get("conf") or {}))
    tasks.prepare()
    ti = task_runner.load_task_instance(message)
    tasks.install(link, ti, message)
    with tasks.current(ti):
        render_task(ti, build_context(ti, ignore_param_exceptions=False))
        for name in ti.task.template_fields:
            yield name, str(getattr(ti.task, name, None))

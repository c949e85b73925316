"""The data interval of a triggered run, by a timetable that is Python code, in a child with the role `parse`."""

from __future__ import annotations

import time
import traceback
from typing import Any

from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.loader import load_dag


def answer(request: dict[str, Any], link: SupervisorLink) -> None:
    """A `manual_interval` message, or one `import_error`, and `parsed`."""
    began = time.perf_counter()
    try:
        start, end = _interval(request)
    except BaseException:  # noqa: BLE001 - a DAG file may raise or exit as it likes
        link.send({"type": "import_error", "path": request["path"], "stacktrace": traceback.format_exc()})
    else:
        link.send({"type": "manual_interval", "start": start, "end": end})
    link.send({"type": "parsed", "seconds": round(time.perf_counter() - began, 6), "files": [], "folders": []})


def _interval(request: dict[str, Any]) -> tuple[str, str]:
    from airflow.utils import timezone

    wanted = request["request"]["manual_interval"]
    dag = load_dag(request["path"], request["dags_folder"], wanted["dag_id"])
    date = timezone.coerce_datetime(timezone.parse(wanted["logical_date"]))
    interval = dag.timetable.infer_manual_data_interval(run_after=date)
    return tuple(timezone.convert_to_utc(moment).isoformat() for moment in (interval.start, interval.end))

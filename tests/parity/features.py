"""Features of Airflow that a DAG uses and Updraft does not have yet, and the tasks that wait for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import sqlalchemy

MAPPING = "dynamic task mapping"
DEFERRAL = "deferrable operators"
DATASET_EVENTS = "dataset events"
# What does not show: this task reads the last events of a dataset, and fails on stock, too, where there are none.
NAMED = {"read_dataset_event": {"read_dataset_event": DATASET_EVENTS}}
# With the bundled API a sensor that Airflow defers asks again and again, so its time-out is reached.
NAMED_BUNDLED = {"example_sensors": {"timeout_after_second_date_in_the_future_async": DEFERRAL}}
# With the bundled API: DAG files that cannot be imported, by a part of the error, and what they wait for. Its
# environment has jinja2 and pendulum alone.
NOT_IMPORTED = {
    "example_dag_decorator": ("httpx", "the package httpx"),
    "example_subdag_operator": ("airflow.example_dags", "SubDAGs on the bundled API"),
    "provider_google": ("apache-airflow-providers-google", "the package apache-airflow-providers-google"),
    "tutorial_objectstorage": ("requests", "the package requests"),
}
# What Updraft writes into the log of a task that wants to defer.
REFUSED_DEFERRAL = "deferral), which Updraft does not support yet"

# DAG id -> task id -> the feature.
Waiting = dict[str, dict[str, str]]


def waiting(engine: sqlalchemy.engine.Engine, logs: Path, *, bundled: bool) -> Waiting:
    """The tasks that use a missing feature, and all that come after them.

    Mapping shows in the serialized DAGs, deferral in the logs of tasks that tried it.
    """
    refused = _refused(logs)
    if bundled:
        refused |= {dag_id: refused.get(dag_id, set()) | tasks.keys() for dag_id, tasks in NAMED_BUNDLED.items()}
    found: Waiting = {}
    with engine.connect() as connection:
        stored = connection.execute(sqlalchemy.text("SELECT dag_id, CAST(data AS TEXT) FROM serialized_dag"))
        for dag_id, text in stored:
            _dag(dag_id, json.loads(text)["dag"], refused, found)
    return found


def what_import_waits_for(dag_id: str, import_error: str) -> str:
    """What the file of a DAG cannot be imported for; empty where that is not the reason."""
    part, waits_for = NOT_IMPORTED.get(dag_id.partition(".")[0], ("", ""))
    return waits_for if part in import_error else ""


def _dag(dag_id: str, dag: dict[str, Any], refused: dict[str, set[str]], found: Waiting) -> None:
    tasks = {task["task_id"]: task for task in (entry["__var"] for entry in dag["tasks"])}
    starts = NAMED.get(dag_id, {}) | dict.fromkeys(refused.get(dag_id, ()), DEFERRAL)
    starts |= dict.fromkeys(_mapped_groups(dag["_task_group"]), MAPPING)
    for task_id, task in tasks.items():
        if task.get("_is_mapped"):
            starts[task_id] = MAPPING
        elif task.get("start_from_trigger"):
            starts[task_id] = DEFERRAL
        elif "subdag" in task:
            _dag(f"{dag_id}.{task_id}", task["subdag"].get("__var", task["subdag"]), refused, found)
    if starts:
        found[dag_id] = _downstream(tasks, starts)


def _mapped_groups(group: dict[str, Any], *, inside: bool = False) -> list[str]:
    """The tasks in mapped task groups."""
    inside = inside or bool(group.get("is_mapped"))
    found: list[str] = []
    for kind, child in group["children"].values():
        if kind == "taskgroup" or isinstance(child, dict):
            found += _mapped_groups(child, inside=inside)
        elif inside:
            found.append(child)
    return found


def _downstream(tasks: dict[str, Any], starts: dict[str, str]) -> dict[str, str]:
    found, unvisited = dict(starts), list(starts)
    while unvisited:
        task_id = unvisited.pop()
        for next_id in tasks[task_id].get("downstream_task_ids", ()):
            if next_id not in found:
                found[next_id] = found[task_id]
                unvisited.append(next_id)
    return found


def _refused(logs: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in logs.glob("dag_id=*/*/*/**/attempt=*.log"):
        if REFUSED_DEFERRAL in path.read_text(errors="replace"):
            names = dict(part.split("=", 1) for part in path.parts if "=" in part)
            found.setdefault(names["dag_id"], set()).add(names["task_id"])
    return found

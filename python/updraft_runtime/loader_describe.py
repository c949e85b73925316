"""What the metadata database keeps about a DAG beside its serialized form, as plain JSON values."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from airflow.datasets import Dataset, DatasetAlias
from airflow.timetables.base import DataInterval
from airflow.utils import timezone

_BUILT_IN_TIMETABLES = "airflow.timetables."

#: What a role is granted actions on, where the DAG does not say.
_RESOURCE_DAG = "DAGs"

_TIMEDELTA = ("days", "seconds", "microseconds")
_RELATIVE = ("years", "months", "days", "leapdays", "hours", "minutes", "seconds", "microseconds")
_ABSOLUTE = ("year", "month", "day", "hour", "minute", "second", "microsecond")


def describe(dag: Any, last_automated_interval: list[str] | None) -> dict[str, Any]:
    """The `dag` message of the child protocol, without type, hash and serialized form."""
    parent = dag.parent_dag if dag.is_subdag else None
    timetable = dag.timetable
    condition = timetable.dataset_condition
    return {
        "dag_id": dag.dag_id,
        "root_dag_id": parent.dag_id if parent else None,
        "is_subdag": bool(dag.is_subdag),
        "fileloc": parent.fileloc if parent else dag.fileloc,
        # Airflow joins a set, whose order changes between processes.
        "owners": ", ".join(sorted({task.owner for task in (parent or dag).tasks})),
        "is_paused_upon_creation": dag.is_paused_upon_creation,
        "default_view": dag.default_view,
        "dag_display_name": dag._dag_display_property_value,
        "description": dag.description,
        "max_active_tasks": dag.max_active_tasks,
        "max_active_runs": dag.max_active_runs,
        "max_consecutive_failed_dag_runs": dag.max_consecutive_failed_dag_runs,
        "has_task_concurrency_limits": any(
            task.max_active_tis_per_dag is not None or task.max_active_tis_per_dagrun is not None for task in dag.tasks
        ),
        "schedule_interval": _interval(dag.schedule_interval),
        "timetable_description": timetable.description,
        "dataset_expression": json.dumps(condition.as_expression()),
        "tags": sorted(set(dag.tags or ())),
        "owner_links": dict(dag.owner_links or {}),
        "pools": sorted({task.pool for task in dag.tasks}),
        "schedule_datasets": _schedule_datasets(condition),
        "schedule_dataset_aliases": sorted({alias.name for alias in condition.iter_dataset_aliases()})
        if condition
        else [],
        **_outlets(dag),
        "access_control": _access_control(dag),
        **_schedule(dag, last_automated_interval),
    }


def _interval(value: Any) -> str:
    """The column's own encoding, JSON text."""
    if isinstance(value, timedelta):
        names: tuple[str, ...] = _TIMEDELTA
    elif type(value).__name__ == "relativedelta":
        names = _RELATIVE + _ABSOLUTE
    else:
        return json.dumps(value)
    attributes = {name: getattr(value, name) for name in names}
    return json.dumps({"type": type(value).__name__, "attrs": attributes})


def _access_control(dag: Any) -> dict[str, dict[str, list[str]]] | None:
    """Actions by role and kind of resource; an empty mapping takes all grants away."""
    if dag.access_control is None:
        return None
    grants: dict[str, dict[str, list[str]]] = {}
    for role, resources in dag.access_control.items():
        if not isinstance(resources, dict):
            resources = {_RESOURCE_DAG: resources}
        grants[role] = {resource: sorted(actions) for resource, actions in resources.items()}
    return grants


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {"uri": dataset.uri, "extra": json.dumps(dataset.extra or {})}


def _schedule_datasets(condition: Any) -> list[dict[str, Any]]:
    if not condition:
        return []
    return [_dataset(dataset) for dataset in dict(condition.iter_datasets()).values()]


def _outlets(dag: Any) -> dict[str, Any]:
    outlets = []
    aliases = set()
    for task in dag.tasks:
        for outlet in task.outlets:
            if isinstance(outlet, Dataset):
                outlets.append({"task_id": task.task_id, **_dataset(outlet)})
            elif isinstance(outlet, DatasetAlias):
                aliases.add(outlet.name)
    return {"outlet_datasets": outlets, "outlet_dataset_aliases": sorted(aliases)}


def _schedule(dag: Any, last_automated_interval: list[str] | None) -> dict[str, Any]:
    """Facts for `dag.next_dagrun*`. A timetable that is not Airflow's own is asked right here."""
    restriction = dag._time_restriction
    facts: dict[str, Any] = {
        "can_be_scheduled": bool(dag.timetable.can_be_scheduled),
        "custom_timetable": not _is_built_in(dag.timetable),
        "earliest": _iso(restriction.earliest),
        "latest": _iso(restriction.latest),
        "catchup": bool(restriction.catchup),
    }
    if facts["custom_timetable"]:
        last = None
        if last_automated_interval:
            start, end = (timezone.parse(text) for text in last_automated_interval)
            last = DataInterval(start, end)
        info = dag.next_dagrun_info(last)
        facts["next_dagrun"] = info and {
            "logical_date": _iso(info.logical_date),
            "start": _iso(info.data_interval.start),
            "end": _iso(info.data_interval.end),
            "run_after": _iso(info.run_after),
        }
    return facts


def _is_built_in(timetable: Any) -> bool:
    if not type(timetable).__module__.startswith(_BUILT_IN_TIMETABLES):
        return False
    inner = getattr(timetable, "timetable", None)
    return inner is None or _is_built_in(inner)


def _iso(instant: Any) -> str | None:
    return instant and timezone.coerce_datetime(instant).astimezone(timezone.utc).isoformat()

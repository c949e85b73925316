"""A DAG from its JSON form."""

from __future__ import annotations

import datetime
import weakref
from collections.abc import Mapping
from typing import Any

from airflow.serialization._expand_ref import _ExpandInputRef
from airflow.serialization._fields import TYPED_FIELDS, dag_defaults
from airflow.serialization._marks import TYPE, VAR
from airflow.serialization._params import decode_params
from airflow.serialization._plugins import decode_timetable
from airflow.serialization._read_operator import attach
from airflow.serialization._read_values import deserialize, timestamp
from airflow.serialization._times import decode_timezone
from airflow.serialization.enums import DagAttributeTypes as DAT

#: Set by other means than as they are.
_APART = frozenset(("tasks", "_task_group", "_dag_id"))


def fill(dag: Any, encoded: Mapping[str, Any], read_operator: Any) -> None:
    """Gives an empty DAG everything that was written down."""
    for name, value in encoded.items():
        if name not in _APART:
            setattr(dag, name, _attribute(name, value))
    dag.task_dict = {task.task_id: task for task in (_task(item, read_operator) for item in encoded["tasks"])}
    _schedule(dag, encoded)
    _groups(dag, encoded.get("_task_group"))
    for name in dag.get_serialized_fields() - encoded.keys() - dag_defaults().values.keys():
        setattr(dag, name, None)
    for task in dag.task_dict.values():
        attach(task, dag)


def _attribute(name: str, value: Any) -> Any:
    if name == "timezone":
        return decode_timezone(value)
    if name == "dagrun_timeout":
        return datetime.timedelta(seconds=value)
    if name.endswith("_date"):
        return timestamp(value)
    if name == "timetable":
        return decode_timetable(value)
    if name == "params":
        return decode_params(value)
    if name in TYPED_FIELDS:
        return deserialize(value)
    return value


def _task(encoded: dict[str, Any], read_operator: Any) -> Any:
    # Before 2.10 tasks were stored without their kind.
    return read_operator(encoded[VAR] if encoded.get(TYPE) == DAT.OP.value else encoded)


def _schedule(dag: Any, encoded: Mapping[str, Any]) -> None:
    if "timetable" in encoded:
        dag.schedule_interval = dag.timetable.summary
    else:
        from airflow.models.dag import create_timetable

        dag.timetable = create_timetable(dag.schedule_interval, dag.timezone)


def _groups(dag: Any, encoded: Any) -> None:
    if encoded is not None:
        dag._task_group = decode_task_group(encoded, None, dag.task_dict, dag)
        return
    from airflow.utils.task_group import TaskGroup

    # Stored before there were task groups.
    dag._task_group = TaskGroup.create_root(dag)
    for task in dag.task_dict.values():
        dag._task_group.add(task)


def decode_task_group(encoded: dict[str, Any], parent: Any, tasks: Mapping[str, Any], dag: Any) -> Any:
    """A task group with all that is in it."""
    from airflow.utils.task_group import MappedTaskGroup, TaskGroup

    arguments = {name: encoded[name] for name in ("prefix_group_id", "tooltip", "ui_color", "ui_fgcolor")}
    arguments.update(group_id=encoded["_group_id"], parent_group=parent, dag=dag)
    if encoded.get("is_mapped"):
        over = encoded["expand_input"]
        reference = _ExpandInputRef(over["type"], deserialize(over["value"]))
        group = MappedTaskGroup(expand_input=reference.deref(dag), **arguments)
    else:
        group = TaskGroup(**arguments)
    children = {}
    for label, (kind, value) in encoded["children"].items():
        if kind == DAT.OP.value:
            child = children[label] = tasks[value]
            child.task_group = weakref.proxy(group)
        else:
            children[label] = decode_task_group(value, group, tasks, dag)
    group.children = children
    for name in ("upstream_group_ids", "downstream_group_ids", "upstream_task_ids", "downstream_task_ids"):
        getattr(group, name).update(encoded[name])
    return group

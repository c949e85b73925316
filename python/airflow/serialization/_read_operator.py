"""Tasks from their JSON form, as far as the form says: without code of their own."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from airflow.exceptions import SerializationError
from airflow.serialization._expand_ref import _ExpandInputRef
from airflow.serialization._fields import operator_defaults
from airflow.serialization._params import decode_params
from airflow.serialization._plugins import decode_priority_weight_strategy
from airflow.serialization._read_values import deserialize, timestamp

log = logging.getLogger("airflow.serialization.serialized_objects")

_SPANS = frozenset(("retry_delay", "execution_timeout", "sla", "max_retry_delay"))
_EXPANSIONS = ("expand_input", "op_kwargs_expand_input")
_TYPED = frozenset(("executor_config", "outlets", "inlets"))
_OLD_NAMES = {
    "_is_dummy": "_is_empty",
    "_outlets": "outlets",
    "_inlets": "inlets",
    "_downstream_task_ids": "downstream_task_ids",
}
_OWN_DEPS = "airflow.ti_deps.deps."


def populate(op: Any, encoded: Mapping[str, Any], load_links: bool) -> None:
    """Sets the attributes of `op` that need no other part of the DAG."""
    known = op.get_serialized_fields()
    template_fields = encoded["template_fields"]
    op._operator_name = encoded.get("_operator_name", encoded["_task_type"])
    for key, value in encoded.items():
        name = _OLD_NAMES.get(key, key)
        # Airflow computes the label from the id since there are task groups.
        if name in ("label", "start_trigger_args", "start_from_trigger"):
            continue
        if name == "_operator_extra_links":
            op.operator_extra_links = _links(value) if load_links else []
            continue
        if name not in template_fields:
            value = _attribute(op, name, value, known)
        setattr(op, "_on_failure_fail_dagrun" if name == "on_failure_fail_dagrun" else name, value)
    missing = known - encoded.keys() - operator_defaults().values.keys()
    for name in (*missing, *template_fields):
        if not hasattr(op, name):
            setattr(op, name, None)
    op._is_empty = bool(encoded.get("_is_empty", encoded.get("_is_dummy", False)))
    arguments = encoded.get("start_trigger_args")
    op.start_trigger_args = decode_start_trigger_args(arguments) if arguments else None
    op.start_from_trigger = bool(encoded.get("start_from_trigger", False))


def _attribute(op: Any, name: str, value: Any, known: Any) -> Any:
    if name == "downstream_task_ids":
        return set(value)
    if name in _SPANS:
        return datetime.timedelta(seconds=value)
    if name == "subdag":
        from airflow.serialization.serialized_objects import SerializedDAG

        return SerializedDAG.deserialize_dag(value)
    if name == "resources":
        from airflow.utils.operator_resources import Resources

        return Resources.from_dict(value)
    if name.endswith("_date"):
        return timestamp(value)
    if name == "deps":
        return _deps(value)
    if name == "params":
        return _params(op, value)
    if name == "partial_kwargs":
        return {argument: deserialize(item) for argument, item in value.items()}
    if name in _EXPANSIONS:
        return _ExpandInputRef(value["type"], deserialize(value["value"]))
    if name == "weight_rule":
        return decode_priority_weight_strategy(value)
    if name in _TYPED or name not in known:
        return deserialize(value) if name != "on_failure_fail_dagrun" else value
    return value


def _params(op: Any, encoded: Any) -> Any:
    found = decode_params(encoded)
    if not op.params:
        return found
    op.params.update(found)
    return op.params


def decode_start_trigger_args(var: dict[str, Any]) -> Any:
    """The trigger that a task begins with instead of running."""
    from airflow.triggers.base import StartTriggerArgs

    return StartTriggerArgs(
        trigger_cls=var["trigger_cls"],
        trigger_kwargs=deserialize(var["trigger_kwargs"]),
        next_method=var["next_method"],
        next_kwargs=deserialize(var["next_kwargs"]),
        timeout=datetime.timedelta(seconds=var["timeout"]) if var["timeout"] else None,
    )


def _deps(paths: list[str]) -> set[Any]:
    from airflow import plugins_manager
    from airflow.utils.module_loading import import_string

    found = set()
    for path in set(paths):
        if not path.startswith(_OWN_DEPS):
            plugins_manager.initialize_ti_deps_plugins()
            if path not in (plugins_manager.registered_ti_dep_classes or {}):
                raise SerializationError(f"the dependency class {path} of a task is not registered by any plugin")
        try:
            found.add(import_string(path)())
        except ImportError:
            log.warning("The dependency class %s cannot be imported", path, exc_info=True)
    return found


def _links(encoded: list[Any]) -> list[Any]:
    from airflow.utils.module_loading import import_string

    found = []
    for entry in encoded:
        path, arguments = next(iter(entry.items()))
        try:
            cls = import_string(path)
        except ImportError:
            log.error("The link class %r cannot be imported", path)
            return []
        found.append(cls(**{name: deserialize(value) for name, value in arguments.items()}))
    return found


def attach(task: Any, dag: Any) -> None:
    """Connects a task with its DAG and with the tasks before and after it."""
    task.dag = dag
    for name in ("start_date", "end_date"):
        if getattr(task, name, None) is None:
            setattr(task, name, getattr(dag, name, None))
    if task.subdag is not None:
        task.subdag.parent_dag = dag
    for name in _EXPANSIONS:
        if isinstance(reference := getattr(task, name, None), _ExpandInputRef):
            setattr(task, name, reference.deref(dag))
    for task_id in task.downstream_task_ids:
        dag.task_dict[task_id].upstream_task_ids.add(task.task_id)

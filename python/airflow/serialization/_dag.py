"""A DAG as JSON."""

from __future__ import annotations

from typing import Any

from airflow.exceptions import SerializationError
from airflow.serialization._dependencies import DependencyDetector, task_dependencies
from airflow.serialization._fields import dag_defaults, encode_fields
from airflow.serialization._params import encode_params
from airflow.serialization._task_group import encode_task_group
from airflow.serialization._values import serialize


def encode_dag(dag: Any) -> dict[str, Any]:
    """The DAG with its tasks. Whatever goes wrong is a `SerializationError`."""
    try:
        return _encode(dag)
    except SerializationError:
        raise
    except Exception as error:
        raise SerializationError(f"Failed to serialize DAG {dag.dag_id!r}: {error}") from error


def _encode(dag: Any) -> dict[str, Any]:
    from airflow import settings

    encoded = encode_fields(dag, dag_defaults().fields(dag.get_serialized_fields()))
    if dag._access_control is not None:
        # An empty one takes all grants away; it is not the same as none.
        encoded["_access_control"] = serialize(dag._access_control)
    encoded["_processor_dags_folder"] = settings.DAGS_FOLDER
    # Either of the two gives the other one to the reader.
    if dag.timetable.summary == dag.schedule_interval:
        encoded.pop("schedule_interval", None)
    else:
        encoded.pop("timetable", None)
    tasks = dag.task_dict.values()
    encoded["tasks"] = [serialize(task) for task in tasks]
    dependencies = list(task_dependencies(tasks))
    dependencies.extend(DependencyDetector.detect_dag_dependencies(dag))
    encoded["dag_dependencies"] = [vars(found) for found in sorted(dependencies)]
    encoded["_task_group"] = encode_task_group(dag.task_group)
    encoded["edge_info"] = dag.edge_info
    encoded["params"] = encode_params(dag.params)
    for flag in ("has_on_success_callback", "has_on_failure_callback"):
        if getattr(dag, flag):
            encoded[flag] = True
    return encoded

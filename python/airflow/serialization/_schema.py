"""What a stored DAG may look like, checked before it is written.

Airflow checks against a JSON schema. Of that schema only the part about the DAG itself can refuse
anything, and that part is small enough to be said in Python, which is quicker and needs no library.
"""

from __future__ import annotations

from typing import Any

from airflow.exceptions import SerializationError

_NUMBER = (int, float)
_NONE = type(None)

#: Kinds of value by key; a bool is no number here.
_KINDS: dict[str, tuple[type, ...]] = {
    "params": (list, tuple),
    "_dag_id": (str,),
    "tasks": (list, tuple),
    "timezone": (str, int),
    "schedule_interval": (str, dict, _NONE),
    "owner_links": (dict,),
    "timetable": (dict,),
    "catchup": (bool,),
    "is_subdag": (bool,),
    "fileloc": (str,),
    "_processor_dags_folder": (str, _NONE),
    "orientation": (str,),
    "_dag_display_property_value": (str,),
    "_description": (str,),
    "_concurrency": _NUMBER,
    "_max_active_tasks": _NUMBER,
    "max_active_runs": _NUMBER,
    "max_consecutive_failed_dag_runs": _NUMBER,
    "default_args": (dict,),
    "start_date": _NUMBER,
    "end_date": _NUMBER,
    "dagrun_timeout": _NUMBER,
    "doc_md": (str,),
    "_default_view": (str,),
    "_access_control": (dict,),
    "is_paused_upon_creation": (bool,),
    "has_on_success_callback": (bool,),
    "has_on_failure_callback": (bool,),
    "render_template_as_native_obj": (bool,),
    "tags": (list, tuple),
    "_task_group": (dict, _NONE),
    "edge_info": (dict,),
    "dag_dependencies": (list, tuple),
}
_REQUIRED = ("_dag_id", "fileloc", "tasks")

#: The constructor's argument behind an attribute, for the message.
_ARGUMENTS = {
    "_dag_id": "dag_id",
    "_dag_display_property_value": "dag_display_name",
    "_description": "description",
    "_max_active_tasks": "max_active_tasks",
    "_default_view": "default_view",
    "_access_control": "access_control",
    "schedule_interval": "schedule",
}


def check(stored: dict[str, Any]) -> None:
    """Refuses a stored DAG that no reader would understand."""
    dag = stored["dag"]
    for key in _REQUIRED:
        if key not in dag:
            raise SerializationError(f"a stored DAG needs {key!r}")
    for key, value in dag.items():
        kinds = _KINDS.get(key)
        if kinds is None:
            raise SerializationError(f"{key!r} is no property of a stored DAG")
        if not _fits(value, kinds):
            raise SerializationError(_message(key, value, kinds))
    if dag.get("dagrun_timeout", 0) < 0:
        raise SerializationError("dagrun_timeout is negative")
    _check_edges(dag.get("edge_info", {}))


def _fits(value: Any, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds)


def _message(key: str, value: Any, kinds: tuple[type, ...]) -> str:
    expected = " or ".join(kind.__name__ for kind in kinds if kind is not _NONE)
    return f"{_ARGUMENTS.get(key, key)} of a DAG is {expected}, not {type(value).__name__} ({value!r:.100})"


def _check_edges(edges: dict[str, Any]) -> None:
    for upstream, found in edges.items():
        for downstream, edge in found.items():
            if set(edge) != {"label"} or not isinstance(edge["label"], str):
                raise SerializationError(f"the edge from {upstream} to {downstream} has a label of text, not {edge!r}")

"""XComs of one try: serialised here by the configured backend, written by the supervisor."""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass
from typing import Any

from airflow.configuration import conf
from airflow.exceptions import (
    AirflowException,
    UnmappableXComLengthPushed,
    UnmappableXComTypePushed,
    XComForMappingNotPushed,
)
from airflow.models.mappedoperator import MappedOperator
from airflow.models.xcom import XCom
from airflow.utils.xcom import XCOM_RETURN_KEY

from updraft_runtime.frames import MAX_BLOB, FrameTooLarge
from updraft_runtime.sdk_tasks import tasks

#: Characters in the `key` column.
MAX_KEY = 512


@dataclass(frozen=True)
class SerializedXCom:
    key: str
    value: bytes


def serialize(backend: type, key: str, value: Any, **task_instance_key: Any) -> bytes:
    """What the backend stores in the `value` column; a backend may return text."""
    if isinstance(value, tasks.LAZY_SEQUENCE):
        value = list(value)
    stored = backend.serialize_value(value=value, key=key, **task_instance_key)
    return stored.encode("utf-8") if isinstance(stored, str) else stored


def of_result(ti: Any, result: Any) -> list[SerializedXCom]:
    """The XComs that a returned value gives, in the order in which Airflow pushes them."""
    task = ti.task
    if result is None or not task.do_xcom_push:
        return []
    values: dict[str, Any] = {}
    if task.multiple_outputs:
        _check_multiple_outputs(result)
        values.update(result)
    # An output of this name gives way to the whole value, as it does on Airflow.
    values.pop(XCOM_RETURN_KEY, None)
    values[XCOM_RETURN_KEY] = result
    key = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}
    xcoms = [SerializedXCom(name, serialize(XCom, name, value, **key)) for name, value in values.items()]
    _check_sizes(xcoms)
    return xcoms


def _check_sizes(xcoms: list[SerializedXCom]) -> None:
    """Refuses here what would otherwise be refused with the whole outcome."""
    total = sum(len(item.value) for item in xcoms)
    if total > MAX_BLOB:
        raise FrameTooLarge(f"the task returned {total} bytes, which is over the limit of {MAX_BLOB}")
    for item in xcoms:
        if len(item.key) > MAX_KEY:
            raise AirflowException(f"an XCom key has at most {MAX_KEY} characters, found {item.key!r}")


def _check_multiple_outputs(result: Any) -> None:
    if not isinstance(result, collections.abc.Mapping):
        raise AirflowException(
            f"a task with multiple_outputs has to return a dictionary, this one returned {type(result)}"
        )
    for key in result:
        if not isinstance(key, str):
            raise AirflowException(
                f"a task with multiple_outputs has to return a dictionary with text keys, found {key!r} ({type(key)})"
            )


def task_map(original_task: Any, result: Any) -> dict[str, Any] | None:
    """Length and keys of the result, where a mapped task expands over it.

    `original_task` is the task before unmapping. A mapped producer writes none: its dependants
    count its instances.
    """
    if next(original_task.iter_mapped_dependants(), None) is None or isinstance(original_task, MappedOperator):
        return None
    if result is None or not original_task.do_xcom_push:
        raise XComForMappingNotPushed()
    if not isinstance(result, (collections.abc.Sequence, dict)) or isinstance(result, (str, bytes, bytearray)):
        raise UnmappableXComTypePushed(result)
    longest = conf.getint("core", "max_map_length", fallback=1024)
    if len(result) > longest:
        raise UnmappableXComLengthPushed(result, longest)
    if isinstance(result, dict):
        return {"length": len(result), "keys": list(result)}
    return {"length": len(result), "keys": None}

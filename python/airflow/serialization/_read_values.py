"""Values from their JSON form."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from airflow.serialization._marks import TYPE, VAR
from airflow.serialization.enums import DagAttributeTypes as DAT


def deserialize(encoded: Any) -> Any:
    """The value that `serialize` wrote down; what became text stays text."""
    if encoded is None or isinstance(encoded, (bool, int, float, str)):
        return encoded
    if isinstance(encoded, list):
        return [deserialize(item) for item in encoded]
    if not isinstance(encoded, dict):
        raise ValueError(f"an encoded value is a dict, not a {type(encoded).__name__}")
    var = encoded[VAR]
    kind = encoded[TYPE]
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise TypeError(f"values of type {kind!s} cannot be deserialized")
    return decoder(var)


def timestamp(seconds: float) -> Any:
    """An instant from seconds since 1970, in UTC."""
    from airflow.utils.timezone import from_timestamp

    return from_timestamp(seconds)


def _dict(var: Any) -> Any:
    return {key: deserialize(item) for key, item in var.items()}


def _outlet_events(var: Any) -> Any:
    from airflow.utils.context import OutletEventAccessors

    found = OutletEventAccessors()
    found._dict = deserialize(var)
    return found


def _outlet_event(var: Any) -> Any:
    from airflow.serialization._datasets import decode_outlet_event_accessor

    return decode_outlet_event_accessor(var)


def _dag(var: Any) -> Any:
    from airflow.serialization.serialized_objects import SerializedDAG

    return SerializedDAG.deserialize_dag(var)


def _operator(var: Any) -> Any:
    from airflow.serialization.serialized_objects import SerializedBaseOperator

    return SerializedBaseOperator.deserialize_operator(var)


def _pod(var: Any) -> Any:
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    return PodGenerator.deserialize_model_dict(var)


def _timezone(var: Any) -> Any:
    from airflow.serialization._times import decode_timezone

    return decode_timezone(var)


def _relativedelta(var: Any) -> Any:
    from airflow.serialization._times import decode_relativedelta

    return decode_relativedelta(var)


def _airflow_exception(var: Any) -> Any:
    from airflow.utils.module_loading import import_string

    parts = deserialize(var)
    return import_string(parts["exc_cls_name"])(*parts["args"], **parts["kwargs"])


def _builtin_exception(var: Any) -> Any:
    from airflow.utils.module_loading import import_string

    parts = deserialize(var)
    return import_string(f"builtins.{parts['exc_cls_name']}")(*parts["args"], **parts["kwargs"])


def _trigger(var: Any) -> Any:
    from airflow.utils.module_loading import import_string

    path, arguments = deserialize(var)
    return import_string(path)(**arguments)


def _param(var: Any) -> Any:
    from airflow.serialization._params import decode_param

    return decode_param(var)


def _xcom_ref(var: Any) -> Any:
    from airflow.serialization._expand_ref import _XComRef

    return _XComRef(var)


def _condition(kind: DAT) -> Callable[[Any], Any]:
    def decode(var: Any) -> Any:
        from airflow.serialization._datasets import decode_dataset_condition

        return decode_dataset_condition({TYPE: kind.value, **var})

    return decode


def _simple_task_instance(var: Any) -> Any:
    from airflow.models.taskinstance import SimpleTaskInstance

    return SimpleTaskInstance(**deserialize(var))


def _connection(var: Any) -> Any:
    from airflow.models.connection import Connection

    return Connection(**var)


def _callback(name: str) -> Callable[[Any], Any]:
    def decode(var: Any) -> Any:
        from airflow.callbacks import callback_requests

        return getattr(callback_requests, name).from_json(var)

    return decode


def _task_instance_key(var: Any) -> Any:
    from airflow.models.taskinstancekey import TaskInstanceKey

    return TaskInstanceKey(**var)


def _not_set(var: Any) -> Any:
    from airflow.utils.types import NOTSET

    return NOTSET


_DECODERS: dict[str, Callable[[Any], Any]] = {
    kind.value: decoder
    for kind, decoder in {
        DAT.DICT: _dict,
        DAT.DATASET_EVENT_ACCESSORS: _outlet_events,
        DAT.DATASET_EVENT_ACCESSOR: _outlet_event,
        DAT.DAG: _dag,
        DAT.OP: _operator,
        DAT.DATETIME: timestamp,
        DAT.POD: _pod,
        DAT.TIMEDELTA: lambda var: datetime.timedelta(seconds=var),
        DAT.TIMEZONE: _timezone,
        DAT.RELATIVEDELTA: _relativedelta,
        DAT.AIRFLOW_EXC_SER: _airflow_exception,
        DAT.BASE_EXC_SER: _builtin_exception,
        DAT.BASE_TRIGGER: _trigger,
        DAT.SET: lambda var: {deserialize(item) for item in var},
        DAT.TUPLE: lambda var: tuple(deserialize(item) for item in var),
        DAT.PARAM: _param,
        DAT.XCOM_REF: _xcom_ref,
        DAT.DATASET: _condition(DAT.DATASET),
        DAT.DATASET_ALIAS: _condition(DAT.DATASET_ALIAS),
        DAT.DATASET_ANY: _condition(DAT.DATASET_ANY),
        DAT.DATASET_ALL: _condition(DAT.DATASET_ALL),
        DAT.SIMPLE_TASK_INSTANCE: _simple_task_instance,
        DAT.CONNECTION: _connection,
        DAT.TASK_CALLBACK_REQUEST: _callback("TaskCallbackRequest"),
        DAT.DAG_CALLBACK_REQUEST: _callback("DagCallbackRequest"),
        DAT.SLA_CALLBACK_REQUEST: _callback("SlaCallbackRequest"),
        DAT.TASK_INSTANCE_KEY: _task_instance_key,
        DAT.ARG_NOT_SET: _not_set,
    }.items()
}

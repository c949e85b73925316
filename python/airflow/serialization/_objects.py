"""Encodings of Airflow's own objects and of others that have one."""

from __future__ import annotations

from typing import Any

from airflow.serialization._dag import encode_dag
from airflow.serialization._datasets import encode_dataset_condition, encode_outlet_event_accessor
from airflow.serialization._mapped_operator import encode_mapped_operator
from airflow.serialization._marks import TYPE, typed
from airflow.serialization._operator import encode_operator
from airflow.serialization._params import encode_param
from airflow.serialization._task_group import encode_task_group
from airflow.serialization._times import encode_relativedelta, encode_timezone
from airflow.serialization._values import _datetime, _timedelta, serialize
from airflow.serialization.enums import DagAttributeTypes as DAT


def _pod(value: Any, strict: bool) -> Any:
    from kubernetes.client import ApiClient

    return typed(ApiClient().sanitize_for_serialization(value), DAT.POD)


def _outlet_events(value: Any, strict: bool) -> Any:
    return typed(serialize(value._dict, strict), DAT.DATASET_EVENT_ACCESSORS)


def _outlet_event(value: Any, strict: bool) -> Any:
    return typed(encode_outlet_event_accessor(value), DAT.DATASET_EVENT_ACCESSOR)


def _dag(value: Any, strict: bool) -> Any:
    return typed(encode_dag(value), DAT.DAG)


def _resources(value: Any, strict: bool) -> Any:
    return value.to_dict()


def _mapped_operator(value: Any, strict: bool) -> Any:
    return typed(encode_mapped_operator(value), DAT.OP)


def _operator(value: Any, strict: bool) -> Any:
    value._needs_expansion = value.get_needs_expansion()
    return typed(encode_operator(value), DAT.OP)


def _timezone(value: Any, strict: bool) -> Any:
    return typed(encode_timezone(value), DAT.TIMEZONE)


def _relativedelta(value: Any, strict: bool) -> Any:
    return typed(encode_relativedelta(value), DAT.RELATIVEDELTA)


def _task_instance_key(value: Any, strict: bool) -> Any:
    return typed(value._asdict(), DAT.TASK_INSTANCE_KEY)


def _airflow_exception(value: Any, strict: bool) -> Any:
    name, arguments, keywords = value.serialize()
    parts = {"exc_cls_name": name, "args": arguments, "kwargs": keywords}
    return typed(serialize(parts, strict), DAT.AIRFLOW_EXC_SER)


def _builtin_exception(value: Any, strict: bool) -> Any:
    parts = {"exc_cls_name": type(value).__name__, "args": [value.args], "kwargs": {}}
    return typed(serialize(parts, strict), DAT.BASE_EXC_SER)


def _trigger(value: Any, strict: bool) -> Any:
    return typed(serialize(value.serialize(), strict), DAT.BASE_TRIGGER)


def _task_group(value: Any, strict: bool) -> Any:
    return encode_task_group(value)


def _param(value: Any, strict: bool) -> Any:
    return typed(encode_param(value), DAT.PARAM)


def _xcom_arg(value: Any, strict: bool) -> Any:
    from airflow.models.xcom_arg import serialize_xcom_arg

    return typed(serialize_xcom_arg(value), DAT.XCOM_REF)


def _sequence(value: Any, strict: bool) -> Any:
    return serialize(list(value), strict)


def _dataset(value: Any, strict: bool) -> Any:
    encoded = encode_dataset_condition(value)
    kind = encoded.pop(TYPE)
    return typed(encoded, DAT(kind))


def _simple_task_instance(value: Any, strict: bool) -> Any:
    return typed(serialize(value.__dict__, strict), DAT.SIMPLE_TASK_INSTANCE)


def _connection(value: Any, strict: bool) -> Any:
    return typed(value.to_dict(validate=True), DAT.CONNECTION)


def _task_callback(value: Any, strict: bool) -> Any:
    return typed(value.to_json(), DAT.TASK_CALLBACK_REQUEST)


def _dag_callback(value: Any, strict: bool) -> Any:
    return typed(value.to_json(), DAT.DAG_CALLBACK_REQUEST)


def _sla_callback(value: Any, strict: bool) -> Any:
    return typed(value.to_json(), DAT.SLA_CALLBACK_REQUEST)


def _context(value: Any, strict: bool) -> Any:
    return typed({str(key): serialize(item, strict) for key, item in value._context.items()}, DAT.TASK_CONTEXT)


def _not_set(value: Any, strict: bool) -> Any:
    return typed(None, DAT.ARG_NOT_SET)


#: Classes by name, with what encodes them; tried in this order, before anything callable.
BEFORE_CALLABLES = (
    (("kubernetes.client.models:V1Pod",), _pod),
    (("airflow.utils.context:OutletEventAccessors",), _outlet_events),
    (("airflow.utils.context:OutletEventAccessor",), _outlet_event),
    (("airflow.models.dag:DAG",), _dag),
    (("airflow.utils.operator_resources:Resources",), _resources),
    (("airflow.models.mappedoperator:MappedOperator",), _mapped_operator),
    (("airflow.models.baseoperator:BaseOperator",), _operator),
    (("datetime:datetime",), _datetime),
    (("datetime:timedelta",), _timedelta),
    (("pendulum.tz.timezone:Timezone", "pendulum.tz.timezone:FixedTimezone"), _timezone),
    (("dateutil.relativedelta:relativedelta",), _relativedelta),
    (("airflow.models.taskinstancekey:TaskInstanceKey",), _task_instance_key),
    (
        (
            "airflow.exceptions:AirflowException",
            "airflow.exceptions:TaskDeferred",
        ),
        _airflow_exception,
    ),
    (("builtins:KeyError", "builtins:AttributeError"), _builtin_exception),
    (("airflow.triggers.base:BaseTrigger",), _trigger),
)

AFTER_CALLABLES = (
    (("airflow.utils.task_group:TaskGroup",), _task_group),
    (("airflow.models.param:Param",), _param),
    (("airflow.models.xcom_arg:XComArg",), _xcom_arg),
    (("airflow.utils.db:LazySelectSequence", "airflow.models.xcom:LazyXComSelectSequence"), _sequence),
    (("airflow.datasets:BaseDataset",), _dataset),
    (("airflow.models.taskinstance:SimpleTaskInstance",), _simple_task_instance),
    (("airflow.models.connection:Connection",), _connection),
    (("airflow.callbacks.callback_requests:TaskCallbackRequest",), _task_callback),
    (("airflow.callbacks.callback_requests:DagCallbackRequest",), _dag_callback),
    (("airflow.callbacks.callback_requests:SlaCallbackRequest",), _sla_callback),
    (("airflow.utils.context:Context",), _context),
    (("airflow.utils.types:ArgNotSet",), _not_set),
)

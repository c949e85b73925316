"""Names that occur in serialized DAGs."""

from __future__ import annotations

from enum import Enum, unique


@unique
class Encoding(str, Enum):
    """Keys of the object that stands for a value that JSON does not have."""

    TYPE = "__type"
    VAR = "__var"


@unique
class DagAttributeTypes(str, Enum):
    """Kinds of encoded values: what `__type` may be."""

    DAG = "dag"
    DATASET_EVENT_ACCESSORS = "dataset_event_accessors"
    DATASET_EVENT_ACCESSOR = "dataset_event_accessor"
    OP = "operator"
    DATETIME = "datetime"
    TIMEDELTA = "timedelta"
    TIMEZONE = "timezone"
    RELATIVEDELTA = "relativedelta"
    BASE_TRIGGER = "base_trigger"
    AIRFLOW_EXC_SER = "airflow_exc_ser"
    BASE_EXC_SER = "base_exc_ser"
    DICT = "dict"
    SET = "set"
    TUPLE = "tuple"
    POD = "k8s.V1Pod"
    TASK_GROUP = "taskgroup"
    EDGE_INFO = "edgeinfo"
    PARAM = "param"
    XCOM_REF = "xcomref"
    DATASET = "dataset"
    DATASET_ALIAS = "dataset_alias"
    DATASET_ANY = "dataset_any"
    DATASET_ALL = "dataset_all"
    SIMPLE_TASK_INSTANCE = "simple_task_instance"
    BASE_JOB = "Job"
    TASK_INSTANCE = "task_instance"
    DAG_RUN = "dag_run"
    DAG_MODEL = "dag_model"
    DATA_SET = "data_set"
    LOG_TEMPLATE = "log_template"
    CONNECTION = "connection"
    TASK_CONTEXT = "task_context"
    ARG_NOT_SET = "arg_not_set"
    TASK_CALLBACK_REQUEST = "task_callback_request"
    DAG_CALLBACK_REQUEST = "dag_callback_request"
    SLA_CALLBACK_REQUEST = "sla_callback_request"
    TASK_INSTANCE_KEY = "task_instance_key"
    TRIGGER = "trigger"

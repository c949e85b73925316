"""Serialized DAGs under Airflow's own names.

Writing is in modules without classes, one for each kind of thing; reading makes a `SerializedDAG`
with `SerializedBaseOperator`s in it, which know what was written and can run nothing.
"""

from __future__ import annotations

import json
from typing import Any

from airflow.models.baseoperator import BaseOperator
from airflow.models.dag import DAG
from airflow.serialization import (
    _dag,
    _mapped_operator,
    _operator,
    _params,
    _read_dag,
    _read_operator,
    _schema,
    _values,
)
from airflow.serialization import _task_group as _groups
from airflow.serialization._datasets import (
    decode_dataset_condition,
    decode_outlet_event_accessor,
    encode_dataset_condition,
    encode_outlet_event_accessor,
)
from airflow.serialization._dependencies import DependencyDetector, detect_dependencies
from airflow.serialization._expand_ref import _ExpandInputRef, _XComRef
from airflow.serialization._fields import dag_defaults, operator_defaults
from airflow.serialization._operator import encode_start_trigger_args
from airflow.serialization._plugins import (
    _get_registered_priority_weight_strategy,
    _get_registered_timetable,
    _PriorityWeightStrategyNotRegistered,
    _TimetableNotRegistered,
    decode_priority_weight_strategy,
    decode_timetable,
    encode_priority_weight_strategy,
    encode_timetable,
)
from airflow.serialization._read_operator import decode_start_trigger_args
from airflow.serialization._read_values import deserialize as _deserialize
from airflow.serialization._times import decode_relativedelta, decode_timezone, encode_relativedelta, encode_timezone
from airflow.serialization.dag_dependency import DagDependency
from airflow.serialization.enums import DagAttributeTypes, Encoding
from airflow.serialization.helpers import serialize_template_field
from airflow.utils.types import AttributeRemoved

__all__ = [
    "BaseSerialization",
    "DagAttributeTypes",
    "DagDependency",
    "DependencyDetector",
    "Encoding",
    "SerializedBaseOperator",
    "SerializedDAG",
    "TaskGroupSerialization",
    "_ExpandInputRef",
    "_PriorityWeightStrategyNotRegistered",
    "_TimetableNotRegistered",
    "_XComRef",
    "_get_registered_priority_weight_strategy",
    "_get_registered_timetable",
    "decode_dataset_condition",
    "decode_outlet_event_accessor",
    "decode_priority_weight_strategy",
    "decode_relativedelta",
    "decode_start_trigger_args",
    "decode_timetable",
    "decode_timezone",
    "encode_dataset_condition",
    "encode_outlet_event_accessor",
    "encode_priority_weight_strategy",
    "encode_relativedelta",
    "encode_start_trigger_args",
    "encode_timetable",
    "encode_timezone",
    "serialize_template_field",
]


class BaseSerialization:
    """Any value as JSON, and back."""

    SERIALIZER_VERSION = 1

    #: Whether reading an operator makes its links, which is code of plugins and providers.
    _load_operator_extra_links = True

    @classmethod
    def to_json(cls, var: Any) -> str:
        """The JSON text of `to_dict`."""
        return json.dumps(cls.to_dict(var), ensure_ascii=True)

    @classmethod
    def to_dict(cls, var: Any) -> dict[str, Any]:
        """Only `SerializedDAG` has it."""
        raise NotImplementedError(f"{cls.__name__} has no to_dict: use SerializedDAG")

    @classmethod
    def from_json(cls, serialized_obj: str) -> Any:
        """What `to_json` wrote down."""
        return cls.from_dict(json.loads(serialized_obj))

    @classmethod
    def from_dict(cls, serialized_obj: dict[str, Any]) -> Any:
        """What `to_dict` wrote down."""
        return cls.deserialize(serialized_obj)

    @classmethod
    def serialize(cls, var: Any, *, strict: bool = False, use_pydantic_models: bool = False) -> Any:
        """`var` as JSON: plain values are themselves, others are objects that say what they are.

        What has no encoding becomes its text; with `strict` it is a `SerializationError`.
        """
        _refuse_pydantic(use_pydantic_models)
        return _values.serialize(var, strict)

    @classmethod
    def deserialize(cls, encoded_var: Any, use_pydantic_models: bool = False) -> Any:
        """What `serialize` wrote down."""
        _refuse_pydantic(use_pydantic_models)
        return _deserialize(encoded_var)

    @classmethod
    def _serialize_param(cls, param: Any) -> dict[str, Any]:
        return _params.encode_param(param)

    @classmethod
    def _deserialize_param(cls, param_dict: dict[str, Any]) -> Any:
        return _params.decode_param(param_dict)

    @classmethod
    def _serialize_params_dict(cls, params: Any) -> list[tuple[str, dict[str, Any]]]:
        return _params.encode_params(params)

    @classmethod
    def _deserialize_params_dict(cls, encoded_params: Any) -> Any:
        return _params.decode_params(encoded_params)


def _refuse_pydantic(wanted: bool) -> None:
    if wanted:
        raise RuntimeError("use_pydantic_models needs Airflow's internal API (AIP-44), which is not there")


class SerializedBaseOperator(BaseOperator, BaseSerialization):
    """A task as its DAG was stored: all attributes that were written, and no `execute`."""

    _CONSTRUCTOR_PARAMS = property(lambda self: operator_defaults().values)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._task_type = "BaseOperator"
        for name in ("ui_color", "ui_fgcolor", "template_ext", "template_fields", "operator_extra_links"):
            setattr(self, name, getattr(BaseOperator, name))

    @property
    def task_type(self) -> str:
        """The class that the task had."""
        return self._task_type

    @task_type.setter
    def task_type(self, task_type: str) -> None:
        self._task_type = task_type

    @property
    def operator_name(self) -> str:
        """What the class called itself."""
        return self._operator_name

    @operator_name.setter
    def operator_name(self, operator_name: str) -> None:
        self._operator_name = operator_name

    @classmethod
    def serialize(cls, var: Any, *, strict: bool = False, use_pydantic_models: bool = False) -> Any:
        """Like `BaseSerialization.serialize`."""
        return BaseSerialization.serialize(var, strict=strict, use_pydantic_models=use_pydantic_models)

    @classmethod
    def serialize_operator(cls, op: Any) -> dict[str, Any]:
        """A task that is not mapped."""
        return _operator.encode_operator(op)

    @classmethod
    def serialize_mapped_operator(cls, op: Any) -> dict[str, Any]:
        """A task made with `expand` or `expand_kwargs`."""
        return _mapped_operator.encode_mapped_operator(op)

    @classmethod
    def populate_operator(cls, op: Any, encoded_op: dict[str, Any]) -> None:
        """Sets what was written of `op` and needs no other part of the DAG."""
        _read_operator.populate(op, encoded_op, cls._load_operator_extra_links)

    @staticmethod
    def set_task_dag_references(task: Any, dag: Any) -> None:
        """Connects a task with its DAG."""
        _read_operator.attach(task, dag)

    @classmethod
    def deserialize_operator(cls, encoded_op: dict[str, Any]) -> Any:
        """A task; it has no DAG yet."""
        if encoded_op.get("_is_mapped", False):
            op: Any = _bare_mapped_operator(encoded_op)
        else:
            op = SerializedBaseOperator(task_id=encoded_op["task_id"])
        op.dag = AttributeRemoved("dag")
        cls.populate_operator(op, encoded_op)
        return op

    @classmethod
    def detect_dependencies(cls, op: Any) -> set[DagDependency]:
        """What the task says about other DAGs and datasets."""
        return detect_dependencies(op)


def _bare_mapped_operator(encoded: dict[str, Any]) -> Any:
    from airflow.models.expandinput import EXPAND_INPUT_EMPTY
    from airflow.models.mappedoperator import MappedOperator

    known = BaseOperator.get_serialized_fields()
    of_base = ("operator_extra_links", "template_ext", "template_fields", "template_fields_renderers")
    return MappedOperator(
        operator_class={name: value for name, value in encoded.items() if name in known},
        expand_input=EXPAND_INPUT_EMPTY,
        partial_kwargs={},
        task_id=encoded["task_id"],
        params={},
        deps=MappedOperator.deps_for(BaseOperator),
        **{name: getattr(BaseOperator, name) for name in (*of_base, "ui_color", "ui_fgcolor")},
        is_empty=False,
        task_module=encoded["_task_module"],
        task_type=encoded["_task_type"],
        operator_name=encoded.get("_operator_name", encoded["_task_type"]),
        dag=None,
        task_group=None,
        start_date=None,
        end_date=None,
        disallow_kwargs_override=encoded["_disallow_kwargs_override"],
        # What it is expanded over is set when everything else is read, and so is the name of its attribute.
        expand_input_attr="expand_input",
        start_trigger_args=encoded.get("start_trigger_args"),
        start_from_trigger=encoded.get("start_from_trigger", False),
    )


class SerializedDAG(DAG, BaseSerialization):
    """A DAG as it was stored."""

    _CONSTRUCTOR_PARAMS = property(lambda self: dag_defaults().values)

    @classmethod
    def serialize_dag(cls, dag: Any) -> dict[str, Any]:
        """A DAG as JSON, without the version."""
        return _dag.encode_dag(dag)

    @classmethod
    def deserialize_dag(cls, encoded_dag: dict[str, Any]) -> SerializedDAG:
        """What `serialize_dag` wrote down."""
        dag = SerializedDAG(dag_id=encoded_dag["_dag_id"], schedule=None)
        SerializedBaseOperator._load_operator_extra_links = cls._load_operator_extra_links
        _read_dag.fill(dag, encoded_dag, SerializedBaseOperator.deserialize_operator)
        return dag

    @classmethod
    def to_dict(cls, var: Any) -> dict[str, Any]:
        """A DAG as JSON with its version: what the database stores."""
        stored = {"__version": cls.SERIALIZER_VERSION, "dag": cls.serialize_dag(var)}
        _schema.check(stored)
        return stored

    @classmethod
    def validate_schema(cls, serialized_obj: str | dict[str, Any]) -> None:
        """Refuses what is no stored DAG."""
        _schema.check(json.loads(serialized_obj) if isinstance(serialized_obj, str) else serialized_obj)

    @classmethod
    def from_dict(cls, serialized_obj: dict[str, Any]) -> SerializedDAG:
        """The DAG that `to_dict` wrote down."""
        version = serialized_obj.get("__version", "<not present>")
        if version != cls.SERIALIZER_VERSION:
            raise ValueError(f"a stored DAG has version {cls.SERIALIZER_VERSION}, not {version!r}")
        return cls.deserialize_dag(serialized_obj["dag"])


class TaskGroupSerialization(BaseSerialization):
    """Task groups as JSON, and back."""

    @classmethod
    def serialize_task_group(cls, task_group: Any) -> dict[str, Any] | None:
        """A task group with all that is in it; tasks by their id."""
        return _groups.encode_task_group(task_group)

    @classmethod
    def deserialize_task_group(cls, encoded_group: Any, parent_group: Any, task_dict: Any, dag: Any) -> Any:
        """What `serialize_task_group` wrote down."""
        return _read_dag.decode_task_group(encoded_group, parent_group, task_dict, dag)

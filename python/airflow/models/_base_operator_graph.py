"""How an operator stands in its DAG, compares and copies."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from airflow.exceptions import AirflowException
from airflow.utils.types import AttributeRemoved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class BaseOperatorGraphMixin:
    """The part of `BaseOperator` that does not run anything."""

    def get_dag(self) -> Any:
        return self._dag

    @property
    def dag(self) -> Any:
        """The DAG; an error where there is none yet."""
        if self._dag:
            return self._dag
        raise AirflowException(f"{self} is in no DAG yet: pass it `dag=`, or create it in a `with DAG(…):` block")

    @dag.setter
    def dag(self, dag: Any) -> None:
        if dag is None:
            self._dag = None
            return
        if self._dag.__class__ is AttributeRemoved or dag.__class__ is AttributeRemoved:
            self._dag = dag
            return
        # The usual case is that the DAG has just added the task.
        is_added = not self._BaseOperator__from_mapped and dag.task_dict.get(self.task_id) is self
        if not is_added and not _is_dag(dag):
            raise TypeError(f"dag has to be a DAG, not {dag!r} of type {type(dag).__name__}")
        if self.has_dag() and self._dag is not dag:
            raise AirflowException(f"{self} is in the DAG {self._dag.dag_id!r} already")
        if not is_added and not self._BaseOperator__from_mapped:
            dag.add_task(self)
        self._dag = dag

    def has_dag(self) -> bool:
        return self._dag is not None

    @property
    def task_display_name(self) -> str:
        return self._task_display_property_value or self.task_id

    @property
    def operator_class(self) -> type[Any]:
        return type(self)

    @property
    def task_type(self) -> str:
        return type(self).__name__

    @property
    def operator_name(self) -> str:
        return getattr(self, "custom_operator_name", self.task_type)

    @property
    def inherits_from_empty_operator(self) -> bool:
        return getattr(self, "_is_empty", False)

    @property
    def roots(self) -> list[Any]:
        return [self]

    @property
    def leaves(self) -> list[Any]:
        return [self]

    @property
    def output(self) -> Any:
        """The result of the task, to pass to other tasks."""
        from airflow.models.xcom_arg import XComArg

        return XComArg(operator=self)

    @property
    def is_setup(self) -> bool:
        """Whether it prepares something for other tasks."""
        return self._is_setup

    @is_setup.setter
    def is_setup(self, value: bool) -> None:
        if self.is_teardown and value:
            raise ValueError(f"the task {self.task_id!r} is a teardown task and cannot be a setup task, too")
        self._is_setup = value

    @property
    def is_teardown(self) -> bool:
        """Whether it tidies up after other tasks."""
        return self._is_teardown

    @is_teardown.setter
    def is_teardown(self, value: bool) -> None:
        if self.is_setup and value:
            raise ValueError(f"the task {self.task_id!r} is a setup task and cannot be a teardown task, too")
        self._is_teardown = value

    def set_xcomargs_dependencies(self) -> None:
        """Puts the task after those whose results are in its template fields."""
        for field in self.template_fields:
            value = getattr(self, field, None)
            # Most fields are plain text.
            if value is not None and not isinstance(value, str):
                from airflow.models.xcom_arg import XComArg

                XComArg.apply_upstream_relationship(self, value)

    def get_direct_relatives(self, upstream: bool = False) -> Iterable[Any]:
        return self.upstream_list if upstream else self.downstream_list

    def add_inlets(self, inlets: Iterable[Any]) -> None:
        """Adds datasets that it reads."""
        self.inlets.extend(inlets)

    def add_outlets(self, outlets: Iterable[Any]) -> None:
        """Adds datasets that it updates."""
        self.outlets.extend(outlets)

    def get_inlet_defs(self) -> list[Any]:
        return self.inlets

    def get_outlet_defs(self) -> list[Any]:
        return self.outlets

    def __or__(self, other: Any) -> Any:
        """`a | b`: b reads what a updates."""
        if not isinstance(other, BaseOperatorGraphMixin):
            raise TypeError(f"the right side of | has to be a task, not {other!r}")
        if not self.outlets and not self.supports_lineage:
            raise ValueError(f"the task {self.task_id!r} has no outlets")
        other.add_inlets([self.task_id])
        self.set_downstream(other)
        return self

    def __gt__(self, other: Any) -> Any:
        """`task > dataset`: adds an outlet."""
        self.add_outlets(_lineage(other))
        return self

    def __lt__(self, other: Any) -> Any:
        """`task < dataset`: adds an inlet."""
        self.add_inlets(_lineage(other))
        return self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return False
        return all(getattr(self, name, None) == getattr(other, name, None) for name in self._comps)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        components: list[Any] = [type(self)]
        for name in self._comps:
            value = getattr(self, name, None)
            try:
                hash(value)
            except TypeError:
                value = repr(value)
            components.append(value)
        return hash(tuple(components))

    def __repr__(self) -> str:
        return f"<Task({self.task_type}): {self.task_id}>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        cls = type(self)
        result = cls.__new__(cls)
        memo[id(self)] = result
        shallow = {*cls.shallow_copy_attrs, *cls._base_operator_shallow_copy_attrs}
        for name, value in self.__dict__.items():
            # Not setattr, which would draw arrows for a copy that is not whole yet.
            result.__dict__[name] = copy.copy(value) if name in shallow else copy.deepcopy(value, memo)
        return result

    def __getstate__(self) -> dict[str, Any]:
        state = dict(self.__dict__)
        state.pop("_log", None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state

    @classmethod
    def get_serialized_fields(cls) -> frozenset[str]:
        """The attributes that the serialized form may hold."""
        from airflow.models._serialized_fields import OPERATOR_FIELDS

        return OPERATOR_FIELDS

    def serialize_for_task_group(self) -> tuple[Any, Any]:
        from airflow.serialization.enums import DagAttributeTypes

        return DagAttributeTypes.OP, self.task_id


def _is_dag(value: Any) -> bool:
    from airflow.models.dag import DAG

    return isinstance(value, DAG)


def _lineage(other: Any) -> list[Any]:
    items = list(other) if isinstance(other, Iterable) else [other]
    for item in items:
        if not hasattr(type(item), "__attrs_attrs__") and not hasattr(item, "uri"):
            raise TypeError(f"{item!r} is no dataset")
    return items

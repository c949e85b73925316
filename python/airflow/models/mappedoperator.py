"""Mapped tasks: one instance for each value of something."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Set

from airflow.exceptions import AirflowException, UnmappableOperator
from airflow.models._mapped_arguments import MappedArgumentsMixin
from airflow.models._partial import (
    OperatorPartial,
    ensure_xcomarg_return_value,
    validate_mapping_kwargs,
)
from airflow.models.abstractoperator import AbstractOperator, NotMapped
from airflow.ti_deps.deps.mapped_task_expanded import MappedTaskIsExpanded
from airflow.utils.helpers import prevent_duplicates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Any

__all__ = ["MappedOperator", "OperatorPartial", "ensure_xcomarg_return_value", "validate_mapping_kwargs"]


class MappedOperator(MappedArgumentsMixin, AbstractOperator):
    """A task of which there is one instance for each value of what it is mapped over."""

    HIDE_ATTRS_FROM_UI = AbstractOperator.HIDE_ATTRS_FROM_UI | {
        "parse_time_mapped_ti_count",
        "operator_class",
        "start_trigger_args",
        "start_from_trigger",
    }
    subdag = None
    supports_lineage = False

    def __init__(
        self,
        *,
        operator_class: Any,
        expand_input: Any,
        partial_kwargs: dict[str, Any],
        task_id: str,
        params: Any,
        deps: frozenset[Any],
        operator_extra_links: Collection[Any],
        template_ext: Sequence[str],
        template_fields: Collection[str],
        template_fields_renderers: dict[str, str],
        ui_color: str,
        ui_fgcolor: str,
        is_empty: bool,
        task_module: str,
        task_type: str,
        operator_name: str,
        start_trigger_args: Any,
        start_from_trigger: bool,
        dag: Any,
        task_group: Any,
        start_date: Any,
        end_date: Any,
        disallow_kwargs_override: bool,
        expand_input_attr: str,
        **more: Any,
    ) -> None:
        self.operator_class = operator_class
        self.expand_input = expand_input
        self.partial_kwargs = partial_kwargs
        self.task_id = task_id
        self.params = params
        self.deps = deps
        self.operator_extra_links = operator_extra_links
        self.template_ext = template_ext
        self.template_fields = template_fields
        self.template_fields_renderers = template_fields_renderers
        self.ui_color = ui_color
        self.ui_fgcolor = ui_fgcolor
        self._is_empty = is_empty
        self._task_module = task_module
        self._task_type = task_type
        self._operator_name = operator_name
        self.start_trigger_args = start_trigger_args
        self.start_from_trigger = start_from_trigger
        self._needs_expansion = True
        self.dag = dag
        self.task_group = task_group
        self.start_date = start_date
        self.end_date = end_date
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        #: Whether a name that is both in `partial` and in what it is mapped over fails the instance.
        self._disallow_kwargs_override = disallow_kwargs_override
        #: The attribute that says how many instances there are.
        self._expand_input_attr = expand_input_attr
        for name, value in more.items():
            setattr(self, name, value)
        self._join_dag()

    def _join_dag(self) -> None:
        from airflow.models.xcom_arg import XComArg

        if self.get_closest_mapped_task_group() is not None:
            raise NotImplementedError(
                "operator expansion in an expanded task group is not yet supported: "
                f"{self.task_id!r} is in a mapped group"
            )
        # The group adopts the task again, with a weak reference.
        group, self.task_group = self.task_group, None
        if group:
            group.add(self)
        if self.dag:
            self.dag.add_task(self)
        XComArg.apply_upstream_relationship(self, self._get_specified_expand_input().value)
        for name, value in self.partial_kwargs.items():
            if name in self.template_fields:
                XComArg.apply_upstream_relationship(self, value)
        if self.partial_kwargs.get("sla") is not None:
            raise AirflowException(f"a mapped task can have no sla; set sla=None for {self.task_id!r}")

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        return f"<Mapped({self._task_type}): {self.task_id}>"

    @classmethod
    def get_serialized_fields(cls) -> frozenset[str]:
        """The attributes that the serialized form may hold."""
        from airflow.models._serialized_fields import MAPPED_OPERATOR_FIELDS

        return MAPPED_OPERATOR_FIELDS

    @staticmethod
    def deps_for(operator_class: type[Any]) -> frozenset[Any]:
        deps = operator_class.deps
        if not isinstance(deps, Set):
            raise UnmappableOperator(f"{operator_class.__name__}.deps has to be a set, not {deps!r}")
        return frozenset(deps | {MappedTaskIsExpanded()})

    @property
    def task_type(self) -> str:
        return self._task_type

    @property
    def operator_name(self) -> str:
        return self._operator_name

    @property
    def inherits_from_empty_operator(self) -> bool:
        return self._is_empty

    @property
    def roots(self) -> Sequence[AbstractOperator]:
        return [self]

    @property
    def leaves(self) -> Sequence[AbstractOperator]:
        return [self]

    @property
    def output(self) -> Any:
        """The results of all instances, to pass to other tasks."""
        from airflow.models.xcom_arg import XComArg

        return XComArg(operator=self)

    def get_dag(self) -> Any:
        return self.dag

    def serialize_for_task_group(self) -> tuple[Any, Any]:
        from airflow.serialization.enums import DagAttributeTypes

        return DagAttributeTypes.OP, self.task_id

    def _get_specified_expand_input(self) -> Any:
        return getattr(self, self._expand_input_attr)

    def _expand_mapped_kwargs(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        return self._get_specified_expand_input().resolve(context, session, include_xcom=include_xcom)

    def _get_unmap_kwargs(self, mapped_kwargs: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
        if strict:
            prevent_duplicates(self.partial_kwargs, mapped_kwargs, fail_reason="unmappable or already specified")
        params = copy.copy(self.params)
        params.update(mapped_kwargs.get("params") or {})
        return {
            "task_id": self.task_id,
            "dag": self.dag,
            "task_group": self.task_group,
            "start_date": self.start_date,
            "end_date": self.end_date,
            **self.partial_kwargs,
            **mapped_kwargs,
            "params": params,
        }

    def unmap(self, resolve: Any) -> Any:
        """The operator for these arguments, or for the instance of a (context, session)."""
        if resolve is None:
            raise RuntimeError("a mapped task has an operator only for one of its values: pass the context")
        kwargs = resolve if isinstance(resolve, Mapping) else self._expand_mapped_kwargs(*resolve)[0]
        kwargs = self._get_unmap_kwargs(kwargs, strict=self._disallow_kwargs_override)
        is_setup = kwargs.pop("is_setup", False)
        is_teardown = kwargs.pop("is_teardown", False)
        on_failure_fail_dagrun = kwargs.pop("on_failure_fail_dagrun", False)
        operator = self.operator_class(**kwargs, _airflow_from_mapped=True)
        # The constructor put the ids of the groups before it once more.
        operator.task_id = self.task_id
        operator.is_setup = is_setup
        operator.is_teardown = is_teardown
        operator.on_failure_fail_dagrun = on_failure_fail_dagrun
        operator.downstream_task_ids = self.downstream_task_ids
        operator.upstream_task_ids = self.upstream_task_ids
        return operator

    def expand_start_from_trigger(self, *, context: Any, session: Any = None) -> bool:
        if not self.start_trigger_args:
            return False
        mapped = self._start_kwargs(context, session)
        return mapped.get("start_from_trigger", self.partial_kwargs.get("start_from_trigger", self.start_from_trigger))

    def expand_start_trigger_args(self, *, context: Any, session: Any = None) -> Any:
        arguments = self.start_trigger_args
        if not arguments:
            return None
        given = {**self.partial_kwargs, **self._start_kwargs(context, session)}
        return type(arguments)(
            trigger_cls=arguments.trigger_cls,
            trigger_kwargs=given.get("trigger_kwargs", arguments.trigger_kwargs),
            next_method=arguments.next_method,
            next_kwargs=given.get("next_kwargs", arguments.next_kwargs),
            timeout=given.get("trigger_timeout", arguments.timeout),
        )

    def _start_kwargs(self, context: Any, session: Any) -> Any:
        mapped, _ = self._expand_mapped_kwargs(context, session, include_xcom=False)
        if self._disallow_kwargs_override:
            prevent_duplicates(self.partial_kwargs, mapped, fail_reason="unmappable or already specified")
        return mapped

    def prepare_for_execution(self) -> MappedOperator:
        # Rendering makes an operator anyway.
        return self

    def iter_mapped_dependencies(self) -> Iterator[Any]:
        """The tasks whose results it is mapped over."""
        from airflow.models.xcom_arg import XComArg

        for operator, _ in XComArg.iter_xcom_references(self._get_specified_expand_input()):
            yield operator

    def get_parse_time_mapped_ti_count(self) -> int:
        own = self._get_specified_expand_input().get_parse_time_mapped_ti_count()
        try:
            return own * super().get_parse_time_mapped_ti_count()
        except NotMapped:
            return own

    def get_mapped_ti_count(self, run_id: str, *, session: Any = None) -> int:
        own = self._get_specified_expand_input().get_total_map_length(run_id, session=session)
        try:
            return own * super().get_mapped_ti_count(run_id, session=session)
        except NotMapped:
            return own

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Makes the operator of this instance, renders its fields, and puts it into the context."""
        from airflow.utils.context import context_update_for_unmapped

        env = jinja_env or self.get_template_env()
        mapped_kwargs, seen_oids = self._expand_mapped_kwargs(context)
        operator = self.unmap(mapped_kwargs)
        context_update_for_unmapped(context, operator)
        operator._do_render_template_fields(operator, self.template_fields, context, env, seen_oids)

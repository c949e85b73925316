"""What tasks have in common, mapped or not."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property

from airflow.exceptions import AirflowException
from airflow.models._operator_defaults import (
    DEFAULT_EXECUTOR,
    DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST,
    DEFAULT_OWNER,
    DEFAULT_POOL_SLOTS,
    DEFAULT_PRIORITY_WEIGHT,
    DEFAULT_QUEUE,
    DEFAULT_RETRIES,
    DEFAULT_RETRY_DELAY,
    DEFAULT_TASK_EXECUTION_TIMEOUT,
    DEFAULT_TRIGGER_RULE,
    DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING,
    DEFAULT_WEIGHT_RULE,
    MAX_RETRY_DELAY,
)
from airflow.models._operator_relatives import RelativesMixin
from airflow.models.taskmixin import DAGNode, DependencyMixin
from airflow.template.templater import Templater
from airflow.utils.trigger_rule import TriggerRule
from airflow.utils.types import NOTSET, ArgNotSet
from airflow.utils.weight_rule import db_safe_priority

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Any, ClassVar

    from airflow.utils.context import Context

    TaskStateChangeCallback = Callable[[Context], None]

__all__ = [
    "DEFAULT_EXECUTOR",
    "DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST",
    "DEFAULT_OWNER",
    "DEFAULT_POOL_SLOTS",
    "DEFAULT_PRIORITY_WEIGHT",
    "DEFAULT_QUEUE",
    "DEFAULT_RETRIES",
    "DEFAULT_RETRY_DELAY",
    "DEFAULT_TASK_EXECUTION_TIMEOUT",
    "DEFAULT_TRIGGER_RULE",
    "DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING",
    "DEFAULT_WEIGHT_RULE",
    "MAX_RETRY_DELAY",
    "AbstractOperator",
    "NotMapped",
]


def __getattr__(name: str) -> Any:
    from airflow.models._annotations import annotation

    return annotation(__name__, name)


class NotMapped(Exception):
    """Asks for the number of instances of a task that is not mapped."""


class AbstractOperator(RelativesMixin, Templater, DAGNode):
    """A task, mapped or not."""

    operator_class: type[Any] | dict[str, Any]
    weight_rule: Any
    priority_weight: int
    operator_extra_links: Collection[Any]
    owner: str
    task_id: str
    outlets: list[Any]
    inlets: list[Any]
    trigger_rule: TriggerRule
    _needs_expansion: bool | None = None
    _on_failure_fail_dagrun = False

    HIDE_ATTRS_FROM_UI: ClassVar[frozenset[str]] = frozenset(
        {
            "log",
            "dag",
            "node_id",
            "task_group",
            "inherits_from_empty_operator",
            "start_trigger_args",
            "start_from_trigger",
            "roots",
            "leaves",
            "upstream_list",
            "downstream_list",
            "global_operator_extra_link_dict",
            "operator_extra_link_dict",
        }
    )

    @abstractmethod
    def get_dag(self) -> Any:
        """The DAG, or None."""

    @property
    @abstractmethod
    def task_type(self) -> str:
        """The name of the operator's class."""

    @property
    @abstractmethod
    def operator_name(self) -> str:
        """The name that people see, such as `@task`."""

    @property
    @abstractmethod
    def inherits_from_empty_operator(self) -> bool:
        """Whether it has nothing to run."""

    @property
    def dag_id(self) -> str:
        dag = self.get_dag()
        return dag.dag_id if dag else f"adhoc_{self.owner}"

    @property
    def node_id(self) -> str:
        return self.task_id

    @property
    @abstractmethod
    def task_display_name(self) -> str:
        """The name in the web UI."""

    @property
    def label(self) -> str | None:
        if self.task_display_name and self.task_display_name != self.task_id:
            return self.task_display_name
        return DAGNode.label.fget(self)  # type: ignore[attr-defined]

    @property
    def on_failure_fail_dagrun(self) -> bool:
        """Whether the failure of this teardown task makes the run fail."""
        return self._on_failure_fail_dagrun

    @on_failure_fail_dagrun.setter
    def on_failure_fail_dagrun(self, value: bool) -> None:
        if value is True and self.is_teardown is not True:  # type: ignore[attr-defined]
            raise ValueError(f"on_failure_fail_dagrun is for teardown tasks, and {self.task_id!r} is none")
        self._on_failure_fail_dagrun = value

    def as_setup(self) -> AbstractOperator:
        self.is_setup = True
        return self

    def as_teardown(self, *, setups: Any = NOTSET, on_failure_fail_dagrun: Any = NOTSET) -> AbstractOperator:
        self.is_teardown = True
        self.trigger_rule = TriggerRule.ALL_DONE_SETUP_SUCCESS
        if on_failure_fail_dagrun is not NOTSET:
            self.on_failure_fail_dagrun = on_failure_fail_dagrun
        if not isinstance(setups, ArgNotSet):
            for setup in [setups] if isinstance(setups, DependencyMixin) else setups:
                setup.is_setup = True
                setup >> self
        return self

    def iter_mapped_task_groups(self) -> Iterator[Any]:
        """The mapped groups that this task is in, the innermost first."""
        if self.task_group is not None:
            yield from self.task_group.iter_mapped_task_groups()

    def get_closest_mapped_task_group(self) -> Any:
        return next(self.iter_mapped_task_groups(), None)

    def get_needs_expansion(self) -> bool:
        """Whether there is one instance of it for each value of something."""
        if self._needs_expansion is None:
            self._needs_expansion = self.get_closest_mapped_task_group() is not None
        return self._needs_expansion

    def unmap(self, resolve: Any) -> Any:
        """The operator that runs, for one value of what this task is mapped over."""
        raise NotImplementedError

    def expand_start_from_trigger(self, *, context: Any, session: Any = None) -> bool:
        raise NotImplementedError

    def expand_start_trigger_args(self, *, context: Any, session: Any = None) -> Any:
        raise NotImplementedError

    @property
    def priority_weight_total(self) -> int:
        """The priority, with the weights of relatives as the weight rule says."""
        from airflow.task.priority_strategy import _AbsolutePriorityWeightStrategy, _UpstreamPriorityWeightStrategy

        rule = self.weight_rule
        dag = self.get_dag()
        if dag is None or isinstance(rule, _AbsolutePriorityWeightStrategy):
            return db_safe_priority(self.priority_weight)
        relatives = self.get_flat_relative_ids(upstream=isinstance(rule, _UpstreamPriorityWeightStrategy))
        weights = (dag.task_dict[task_id].priority_weight for task_id in relatives)
        return db_safe_priority(self.priority_weight + sum(weights))

    @cached_property
    def operator_extra_link_dict(self) -> dict[str, Any]:
        """The links of this operator, its own and those of plugins, by name."""
        from airflow import plugins_manager

        plugins_manager.initialize_extra_operators_links_plugins()
        links = {link.name: link for link in self.operator_extra_links}
        for link in plugins_manager.operator_extra_links or ():
            if link.operators and self.operator_class in link.operators:
                links[link.name] = link
        return links

    @cached_property
    def global_operator_extra_link_dict(self) -> dict[str, Any]:
        """The links that plugins give to every operator, by name."""
        from airflow import plugins_manager

        plugins_manager.initialize_extra_operators_links_plugins()
        return {link.name: link for link in plugins_manager.global_operator_extra_links or ()}

    @cached_property
    def extra_links(self) -> list[str]:
        return sorted({*self.operator_extra_link_dict, *self.global_operator_extra_link_dict})

    def get_extra_links(self, ti: Any, link_name: str) -> str | None:
        """The address that a link of this name leads to."""
        link = self.operator_extra_link_dict.get(link_name) or self.global_operator_extra_link_dict.get(link_name)
        return link.get_link(self.unmap(None), ti_key=ti.key) if link else None

    def get_parse_time_mapped_ti_count(self) -> int:
        """How many instances there are, where the DAG file alone decides it."""
        group = self.get_closest_mapped_task_group()
        if group is None:
            raise NotMapped
        return group.get_parse_time_mapped_ti_count()

    def get_mapped_ti_count(self, run_id: str, *, session: Any = None) -> int:
        """How many instances there are in a run."""
        group = self.get_closest_mapped_task_group()
        if group is None:
            raise NotMapped
        return group.get_mapped_ti_count(run_id, session=session)

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """Renders the template fields in place; for a mapped task, those of the operator in the context."""
        raise NotImplementedError

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        return super()._render(template, context, dag=self.get_dag() if dag is None else dag)

    def get_template_env(self, dag: Any = None) -> Any:
        return super().get_template_env(dag=self.get_dag() if dag is None else dag)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        for name in template_fields:
            try:
                value = getattr(parent, name)
            except AttributeError:
                raise AttributeError(
                    f"{type(parent).__name__} lists {name!r} in its template_fields but sets no such attribute"
                ) from None
            try:
                if not value:
                    continue
            except Exception:
                # Some values, such as data frames, have no truth value; they are rendered as well.
                self.log.info("%r of %s: a %s is neither true nor false", name, self.task_id, type(value).__name__)
            setattr(parent, name, self._rendered(name, value, context, jinja_env, seen_oids))

    def _rendered(self, name: str, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]) -> Any:
        try:
            if callable(value):
                return value(context=context, jinja_env=jinja_env)
            return self.render_template(value, context, jinja_env, seen_oids)
        except Exception:
            from airflow.utils.log.secrets_masker import redact

            masked = redact(value, name)
            self.log.exception("The field %r of the task %r cannot be rendered: %r", name, self.task_id, masked)
            raise

    def __enter__(self) -> Any:
        from airflow.utils.setup_teardown import SetupTeardownContext

        if not self.is_setup and not self.is_teardown:
            raise AirflowException(f"`with` takes setup and teardown tasks, and {self.task_id!r} is neither")
        SetupTeardownContext.push_setup_teardown_task(self)
        return SetupTeardownContext

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        from airflow.utils.setup_teardown import SetupTeardownContext

        SetupTeardownContext.set_work_task_roots_and_leaves()

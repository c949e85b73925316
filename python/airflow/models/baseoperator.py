"""The base of all operators, and functions that draw many arrows."""

from __future__ import annotations

import copy
import datetime
import functools
from collections.abc import Iterable

from airflow.exceptions import AirflowException, FailStopDagInvalidTriggerRule, TaskDeferralError, TaskDeferred
from airflow.lineage import apply_lineage, prepare_lineage
from airflow.models._base_operator_graph import BaseOperatorGraphMixin
from airflow.models._chains import chain, chain_linear, cross_downstream
from airflow.models._dag_context import DagContext
from airflow.models._operator_defaults import (
    BASEOPERATOR_ARGS_EXPECTED_TYPES,
    DEFAULT_EMAIL_ON_FAILURE,
    DEFAULT_EMAIL_ON_RETRY,
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
    coerce_resources,
    coerce_timedelta,
    get_merged_defaults,
    parse_retries,
)
from airflow.models._operator_meta import BaseOperatorMeta, ExecutorSafeguard
from airflow.models._partial import partial
from airflow.models.abstractoperator import AbstractOperator
from airflow.models.param import ParamsDict
from airflow.models.pool import Pool
from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy
from airflow.ti_deps.deps.mapped_task_upstream_dep import MappedTaskUpstreamDep
from airflow.ti_deps.deps.not_in_retry_period_dep import NotInRetryPeriodDep
from airflow.ti_deps.deps.not_previously_skipped_dep import NotPreviouslySkippedDep
from airflow.ti_deps.deps.prev_dagrun_dep import PrevDagrunDep
from airflow.ti_deps.deps.trigger_rule_dep import TriggerRuleDep
from airflow.utils import timezone
from airflow.utils.helpers import validate_instance_args, validate_key
from airflow.utils.setup_teardown import SetupTeardownContext
from airflow.utils.task_group import TaskGroupContext
from airflow.utils.trigger_rule import TriggerRule
from airflow.utils.xcom import XCOM_RETURN_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any, ClassVar, NoReturn, Union

    from airflow.task.priority_strategy import PriorityWeightStrategy
    from airflow.utils.context import Context

    TaskStateChangeCallback = Callable[[Context], None]
    Callbacks = Union[None, TaskStateChangeCallback, list[TaskStateChangeCallback]]

__all__ = [
    "BASEOPERATOR_ARGS_EXPECTED_TYPES",
    "BaseOperator",
    "BaseOperatorMeta",
    "ExecutorSafeguard",
    "chain",
    "chain_linear",
    "coerce_resources",
    "coerce_timedelta",
    "cross_downstream",
    "get_merged_defaults",
    "parse_retries",
    "partial",
]

_OLD_TRIGGER_RULES = {
    "dummy": TriggerRule.ALWAYS,
    "none_failed_or_skipped": TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
}


def __getattr__(name: str) -> Any:
    if name == "BaseOperatorLink":
        from airflow._deprecation import warn
        from airflow.models.baseoperatorlink import BaseOperatorLink

        warn("airflow.models.baseoperator.BaseOperatorLink is deprecated; it is in airflow.models.baseoperatorlink")
        return BaseOperatorLink
    from airflow.models._annotations import annotation

    return annotation(__name__, name)


class _Partial:
    """`Operator.partial` of the class that it is asked of."""

    def __get__(self, instance: Any, owner: type[BaseOperator]) -> Callable[..., Any]:
        if instance is not None:
            raise TypeError(f"partial belongs to the class {owner.__name__}, not to the task {instance.task_id!r}")
        return functools.partial(partial, owner)


class BaseOperator(BaseOperatorGraphMixin, AbstractOperator, metaclass=BaseOperatorMeta):
    """A task: what runs, when, and what happens when it fails. Derive from it and write `execute`.

    What is not passed comes from `default_args` of the task group or the DAG, then from the configuration.

    :param task_id: unique in the DAG
    :param owner: who answers for it
    :param email: where e-mails about failures go, one address or several
    :param email_on_retry: whether a failed try that is followed by another one is worth an e-mail
    :param email_on_failure: whether the failure of the last try is worth an e-mail
    :param retries: how many tries may follow the first one
    :param retry_delay: the time between two tries
    :param retry_exponential_backoff: whether that time grows from try to try
    :param max_retry_delay: how far it may grow
    :param start_date: no run before this date has the task; mostly given to the DAG
    :param end_date: no run after this date has the task
    :param depends_on_past: waits for the success of the same task in the run before
    :param ignore_first_depends_on_past: whether the first run is an exception of that
    :param wait_for_past_depends_before_skipping: with depends_on_past: waits also before it is skipped
    :param wait_for_downstream: also waits for the tasks right after the same task in the run before
    :param dag: the DAG, where no `with` block says it
    :param params: values for templates, which the trigger of a run may replace
    :param default_args: arguments for when they are not passed
    :param priority_weight: who goes first when slots are short
    :param weight_rule: how weights of other tasks count: downstream, upstream, absolute, or an own strategy
    :param queue: which workers may take it
    :param pool: the pool that limits how many such tasks run
    :param pool_slots: how many slots of the pool it takes
    :param sla: the time after the schedule by which it should be done
    :param execution_timeout: how long a try may take
    :param on_execute_callback: called before the try
    :param on_failure_callback: called when the last try failed
    :param on_success_callback: called after success
    :param on_retry_callback: called when a failed try is followed by another
    :param on_skipped_callback: called when it raised AirflowSkipException
    :param pre_execute: called right before `execute`
    :param post_execute: called right after `execute`, with the result
    :param trigger_rule: the states of the tasks before it with which it starts
    :param resources: what it needs of a machine
    :param run_as_user: the user of the operating system that runs it
    :param map_index_template: the name of each instance of a mapped task
    :param max_active_tis_per_dag: how many of its instances run at once
    :param max_active_tis_per_dagrun: how many of its instances of one run do
    :param executor: the executor that runs it, by name
    :param executor_config: settings for that executor
    :param do_xcom_push: whether the result of `execute` becomes an XCom
    :param multiple_outputs: whether each entry of a result that is a dict becomes an XCom, too
    :param inlets: the datasets it reads
    :param outlets: the datasets it updates
    :param task_group: the group, where no `with` block says it
    :param doc: documentation as plain text; doc_md, doc_json, doc_yaml, doc_rst in other forms
    :param task_display_name: the name in the web UI
    :param logger_name: its logger, below `airflow.task.operators`
    :param allow_nested_operators: whether its `execute` may call the `execute` of another operator
    """

    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = ()
    template_fields_renderers: ClassVar[dict[str, str]] = {}
    ui_color: str = "#fff"
    ui_fgcolor: str = "#000"
    pool: str = ""
    _base_operator_shallow_copy_attrs: tuple[str, ...] = ("user_defined_macros", "user_defined_filters", "params")
    shallow_copy_attrs: Sequence[str] = ()
    operator_extra_links: Collection[Any] = ()
    supports_lineage = False
    partial: Callable[..., Any] = _Partial()  # type: ignore[assignment]

    _dag: Any = None
    task_group: Any = None
    subdag: Any = None
    start_date: Any = None
    end_date: Any = None
    start_trigger_args: Any = None
    start_from_trigger: bool = False
    __instantiated = False
    __from_mapped = False
    _lock_for_execution = False

    #: Equality looks at these.
    _comps: ClassVar[set[str]] = {
        "task_id",
        "dag_id",
        "owner",
        "email",
        "email_on_retry",
        "retry_delay",
        "retry_exponential_backoff",
        "max_retry_delay",
        "start_date",
        "end_date",
        "depends_on_past",
        "wait_for_downstream",
        "priority_weight",
        "sla",
        "execution_timeout",
        "on_execute_callback",
        "on_failure_callback",
        "on_success_callback",
        "on_retry_callback",
        "on_skipped_callback",
        "do_xcom_push",
        "multiple_outputs",
        "allow_nested_operators",
        "executor",
    }

    deps: frozenset[Any] = frozenset(
        {NotInRetryPeriodDep(), PrevDagrunDep(), TriggerRuleDep(), NotPreviouslySkippedDep(), MappedTaskUpstreamDep()}
    )

    def __init__(
        self,
        task_id: str,
        owner: str = DEFAULT_OWNER,
        email: str | Iterable[str] | None = None,
        email_on_retry: bool = DEFAULT_EMAIL_ON_RETRY,
        email_on_failure: bool = DEFAULT_EMAIL_ON_FAILURE,
        retries: int | None = DEFAULT_RETRIES,
        retry_delay: datetime.timedelta | float = DEFAULT_RETRY_DELAY,
        retry_exponential_backoff: bool = False,
        max_retry_delay: datetime.timedelta | float | None = None,
        start_date: datetime.datetime | None = None,
        end_date: datetime.datetime | None = None,
        depends_on_past: bool = False,
        ignore_first_depends_on_past: bool = DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST,
        wait_for_past_depends_before_skipping: bool = DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING,
        wait_for_downstream: bool = False,
        dag: Any = None,
        params: Any = None,
        default_args: dict[str, Any] | None = None,
        priority_weight: int = DEFAULT_PRIORITY_WEIGHT,
        weight_rule: str | PriorityWeightStrategy = DEFAULT_WEIGHT_RULE,
        queue: str = DEFAULT_QUEUE,
        pool: str | None = None,
        pool_slots: int = DEFAULT_POOL_SLOTS,
        sla: datetime.timedelta | None = None,
        execution_timeout: datetime.timedelta | None = DEFAULT_TASK_EXECUTION_TIMEOUT,
        on_execute_callback: Callbacks = None,
        on_failure_callback: Callbacks = None,
        on_success_callback: Callbacks = None,
        on_retry_callback: Callbacks = None,
        on_skipped_callback: Callbacks = None,
        pre_execute: Callable[[Any], None] | None = None,
        post_execute: Callable[[Any, Any], None] | None = None,
        trigger_rule: str = DEFAULT_TRIGGER_RULE,
        resources: dict[str, Any] | None = None,
        run_as_user: str | None = None,
        task_concurrency: int | None = None,
        map_index_template: str | None = None,
        max_active_tis_per_dag: int | None = None,
        max_active_tis_per_dagrun: int | None = None,
        executor: str | None = None,
        executor_config: dict[str, Any] | None = None,
        do_xcom_push: bool = True,
        multiple_outputs: bool = False,
        inlets: Any = None,
        outlets: Any = None,
        task_group: Any = None,
        doc: str | None = None,
        doc_md: str | None = None,
        doc_json: str | None = None,
        doc_yaml: str | None = None,
        doc_rst: str | None = None,
        task_display_name: str | None = None,
        logger_name: str | None = None,
        allow_nested_operators: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        _refuse_unknown(self, task_id, kwargs)
        dag = dag or DagContext.get_current_dag()
        task_group = task_group or TaskGroupContext.get_current_task_group(dag)
        self.task_id = task_group.child_id(task_id) if task_group else task_id
        validate_key(self.task_id)
        if not self.__from_mapped and task_group:
            task_group.add(self)

        self.owner = owner
        self.email = email
        self.email_on_retry = email_on_retry
        self.email_on_failure = email_on_failure
        self.execution_timeout = _timeout(execution_timeout, task_id)
        self.on_execute_callback = on_execute_callback
        self.on_failure_callback = on_failure_callback
        self.on_success_callback = on_success_callback
        self.on_retry_callback = on_retry_callback
        self.on_skipped_callback = on_skipped_callback
        self._pre_execute_hook = pre_execute
        self._post_execute_hook = post_execute
        if start_date and not isinstance(start_date, datetime.datetime):
            self.log.warning("start_date of %s is no datetime and is ignored: %r", self, start_date)
        elif start_date:
            self.start_date = timezone.convert_to_utc(start_date)
        if end_date:
            self.end_date = timezone.convert_to_utc(end_date)
        self.executor = executor
        self.executor_config = executor_config or {}
        self.run_as_user = run_as_user
        self.retries = parse_retries(retries)
        self.queue = queue
        self.pool = Pool.DEFAULT_POOL_NAME if pool is None else pool
        self.pool_slots = pool_slots
        if pool_slots < 1:
            raise ValueError(f"pool_slots of the task {self.task_id!r}{_in(dag)} has to be 1 or more, not {pool_slots}")
        self.sla = sla
        self.trigger_rule = _trigger_rule(trigger_rule, task_id, dag)
        FailStopDagInvalidTriggerRule.check(dag=dag, trigger_rule=self.trigger_rule)
        self.depends_on_past = True if wait_for_downstream else depends_on_past
        self.ignore_first_depends_on_past = ignore_first_depends_on_past
        self.wait_for_past_depends_before_skipping = wait_for_past_depends_before_skipping
        self.wait_for_downstream = wait_for_downstream
        self.retry_delay = coerce_timedelta(retry_delay, key="retry_delay")
        self.retry_exponential_backoff = retry_exponential_backoff
        self.max_retry_delay = (
            None if max_retry_delay is None else coerce_timedelta(max_retry_delay, key="max_retry_delay")
        )
        # At execution, this becomes a plain dict.
        self.params: ParamsDict | dict[str, Any] = ParamsDict(params)
        if priority_weight is not None and not isinstance(priority_weight, int):
            raise AirflowException(
                f"priority_weight of the task {self.task_id!r} has to be a whole number, not {priority_weight!r}"
            )
        self.priority_weight = priority_weight
        self.weight_rule = validate_and_load_priority_weight_strategy(weight_rule)
        self.resources = coerce_resources(resources)
        if task_concurrency and not max_active_tis_per_dag:
            _deprecated("the argument task_concurrency is deprecated; use max_active_tis_per_dag")
            max_active_tis_per_dag = task_concurrency
        self.max_active_tis_per_dag = max_active_tis_per_dag
        self.max_active_tis_per_dagrun = max_active_tis_per_dagrun
        self.do_xcom_push = do_xcom_push
        self.map_index_template = map_index_template
        self.multiple_outputs = multiple_outputs
        self.doc_md = doc_md
        self.doc_json = doc_json
        self.doc_yaml = doc_yaml
        self.doc_rst = doc_rst
        self.doc = doc
        has_own_name = task_display_name and task_display_name != task_id
        self._task_display_property_value = task_display_name if has_own_name else None
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        if dag:
            self.dag = dag
        self._log_config_logger_name = "airflow.task.operators"
        self._logger_name = logger_name
        self.allow_nested_operators = allow_nested_operators
        self.inlets = _listed(inlets)
        self.outlets = _listed(outlets)
        if isinstance(self.template_fields, str):
            self._warn_text_template_fields()
        self._is_setup = False
        self._is_teardown = False
        if SetupTeardownContext.active:
            SetupTeardownContext.update_context_map(self)
        validate_instance_args(self, BASEOPERATOR_ARGS_EXPECTED_TYPES)

    def _warn_text_template_fields(self) -> None:
        from airflow._deprecation import warn

        fields = self.template_fields
        warn(f"{self.task_type}.template_fields has to be a list or tuple, such as ({fields!r},)", UserWarning)
        self.template_fields = [fields]  # type: ignore[list-item]

    def __setattr__(self, key: str, value: Any) -> None:
        object.__setattr__(self, key, value)
        if not self.__instantiated or self.__from_mapped or self._lock_for_execution:
            return
        if key in self.template_fields:
            # An XCom that is put into a field later is waited for, too.
            self.set_xcomargs_dependencies()

    def prepare_for_execution(self) -> BaseOperator:
        """A copy that may be changed while it runs."""
        other = copy.copy(self)
        other._lock_for_execution = True
        return other

    @prepare_lineage
    def pre_execute(self, context: Any) -> None:
        """Called right before `execute`."""
        self._run_hook(self._pre_execute_hook, context)

    def execute(self, context: Context) -> Any:
        """What the task does. Operators write their own; the result becomes an XCom."""
        raise NotImplementedError(f"{type(self).__name__} has no `execute(self, context)` of its own")

    @apply_lineage
    def post_execute(self, context: Any, result: Any = None) -> None:
        """Called right after `execute`, with its result."""
        self._run_hook(self._post_execute_hook, context, result)

    def _run_hook(self, hook: Any, context: Any, *args: Any) -> None:
        if hook is None:
            return
        from airflow.utils.context import context_get_outlet_events
        from airflow.utils.operator_helpers import ExecutionCallableRunner

        ExecutionCallableRunner(hook, context_get_outlet_events(context), logger=self.log).run(context, *args)

    def on_kill(self) -> None:
        """Called when the task is told to end; ends what it started."""

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        env = jinja_env or self.get_template_env()
        self._do_render_template_fields(self, self.template_fields, context, env, set())

    def dry_run(self) -> None:
        """Logs the template fields."""
        self.log.info("Dry run")
        for field in self.template_fields:
            content = getattr(self, field)
            if content and isinstance(content, str):
                self.log.info("Rendering template for %s", field)
                self.log.info(content)

    @staticmethod
    def xcom_push(context: Any, key: str, value: Any, execution_date: Any = None) -> None:
        """Pushes an XCom for other tasks."""
        context["ti"].xcom_push(key=key, value=value, execution_date=execution_date)

    @staticmethod
    def xcom_pull(
        context: Any,
        task_ids: str | list[str] | None = None,
        dag_id: str | None = None,
        key: str = XCOM_RETURN_KEY,
        include_prior_dates: bool | None = None,
        session: Any = None,
    ) -> Any:
        """The XCom that another task pushed."""
        return context["ti"].xcom_pull(
            key=key, task_ids=task_ids, dag_id=dag_id, include_prior_dates=include_prior_dates
        )

    def defer(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: datetime.timedelta | None = None,
    ) -> NoReturn:
        """Gives the slot back until the trigger fires, and goes on in the method of that name."""
        raise TaskDeferred(trigger=trigger, method_name=method_name, kwargs=kwargs, timeout=timeout)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Goes on after `defer`."""
        arguments = next_kwargs or {}
        if next_method == "__fail__":
            if arguments.get("traceback") is not None:
                self.log.error("Trigger failed:\n%s", "\n".join(arguments["traceback"]))
            raise TaskDeferralError(arguments.get("error", "Unknown"))
        return getattr(self, next_method)(context, **arguments)

    def unmap(self, resolve: Any) -> BaseOperator:
        return self

    def expand_start_from_trigger(self, *, context: Any, session: Any = None) -> bool:
        return self.start_from_trigger

    def expand_start_trigger_args(self, *, context: Any, session: Any = None) -> Any:
        return self.start_trigger_args


def _refuse_unknown(operator: BaseOperator, task_id: str, arguments: dict[str, Any]) -> None:
    arguments.pop("_airflow_mapped_validation_only", None)
    if not arguments:
        return
    from airflow.configuration import conf

    message = (
        f"{type(operator).__name__} (task_id: {task_id}) has no argument "
        + ", ".join(f"{name!r}" for name in arguments)
        + _similar(operator, arguments)
    )
    if not conf.getboolean("operators", "allow_illegal_arguments"):
        raise AirflowException(f"Invalid arguments were passed: {message}")
    _deprecated(f"{message}; it is ignored because of [operators] allow_illegal_arguments")


def _similar(operator: BaseOperator, arguments: dict[str, Any]) -> str:
    from difflib import get_close_matches

    known: set[str] = set()
    for kind in type(operator).__mro__:
        known.update(getattr(kind.__dict__.get("__init__"), "_BaseOperatorMeta__param_names", ()))
    close = [match for name in arguments for match in get_close_matches(name, known, 1)]
    return f"; did you mean {', '.join(repr(name) for name in close)}?" if close else ""


def _timeout(value: Any, task_id: str) -> datetime.timedelta | None:
    if value is not None and not isinstance(value, datetime.timedelta):
        raise ValueError(f"execution_timeout of the task {task_id!r} has to be a timedelta, not {value!r}")
    return value


def _trigger_rule(rule: Any, task_id: str, dag: Any) -> TriggerRule:
    if rule in _OLD_TRIGGER_RULES:
        new = _OLD_TRIGGER_RULES[rule]
        _deprecated(f"the trigger rule {str(rule)!r} is deprecated; use {new.value!r}")
        return new
    try:
        return TriggerRule(rule)
    except ValueError:
        known = ", ".join(repr(item.value) for item in TriggerRule)
        raise AirflowException(
            f"the task {task_id!r}{_in(dag)} has the unknown trigger_rule {rule!r}; it has to be one of {known}"
        ) from None


def _in(dag: Any) -> str:
    return f" of the DAG {dag.dag_id!r}" if dag else ""


def _listed(value: Any) -> list[Any]:
    if not value:
        return []
    return value if isinstance(value, list) else [value]


def _deprecated(message: str) -> None:
    from airflow._deprecation import warn

    warn(message)

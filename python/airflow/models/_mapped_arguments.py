"""The attributes of a mapped task that are arguments of its operator."""

from __future__ import annotations

from airflow.models._operator_defaults import (
    DEFAULT_EXECUTOR,
    DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST,
    DEFAULT_OWNER,
    DEFAULT_POOL_SLOTS,
    DEFAULT_PRIORITY_WEIGHT,
    DEFAULT_QUEUE,
    DEFAULT_RETRIES,
    DEFAULT_RETRY_DELAY,
    DEFAULT_TRIGGER_RULE,
    DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING,
    DEFAULT_WEIGHT_RULE,
)
from airflow.models.pool import Pool
from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Argument:
    """An attribute that is an entry of `partial_kwargs`."""

    def __init__(self, default: Any = None, *, as_bool: bool = False, writable: bool = True) -> None:
        self.default = default
        self.as_bool = as_bool
        self.writable = writable

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, task: Any, owner: type | None = None) -> Any:
        if task is None:
            return self
        default = self.default() if callable(self.default) else self.default
        value = task.partial_kwargs.get(self.name, default)
        return bool(value) if self.as_bool else value

    def __set__(self, task: Any, value: Any) -> None:
        if not self.writable:
            raise AttributeError(f"{self.name!r} of a mapped task cannot be set; pass it to partial()")
        task.partial_kwargs[self.name] = value


class MappedArgumentsMixin:
    """What a mapped task knows of its operator before there is one."""

    partial_kwargs: dict[str, Any]
    task_id: str

    owner = Argument(DEFAULT_OWNER, writable=False)
    email = Argument(writable=False)
    map_index_template = Argument()
    trigger_rule = Argument(DEFAULT_TRIGGER_RULE)
    is_setup = Argument(as_bool=True)
    is_teardown = Argument(as_bool=True)
    depends_on_past = Argument(as_bool=True)
    ignore_first_depends_on_past = Argument(DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST, as_bool=True)
    wait_for_past_depends_before_skipping = Argument(DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING, as_bool=True)
    wait_for_downstream = Argument(as_bool=True)
    retries = Argument(DEFAULT_RETRIES)
    queue = Argument(DEFAULT_QUEUE)
    pool = Argument(Pool.DEFAULT_POOL_NAME)
    pool_slots = Argument(DEFAULT_POOL_SLOTS)
    execution_timeout = Argument()
    max_retry_delay = Argument()
    retry_delay = Argument(DEFAULT_RETRY_DELAY)
    retry_exponential_backoff = Argument(as_bool=True)
    priority_weight = Argument(DEFAULT_PRIORITY_WEIGHT)
    sla = Argument()
    max_active_tis_per_dag = Argument()
    max_active_tis_per_dagrun = Argument()
    resources = Argument(writable=False)
    on_execute_callback = Argument()
    on_failure_callback = Argument()
    on_retry_callback = Argument()
    on_success_callback = Argument()
    on_skipped_callback = Argument()
    run_as_user = Argument(writable=False)
    executor = Argument(DEFAULT_EXECUTOR, writable=False)
    executor_config = Argument(dict, writable=False)
    inlets = Argument(list)
    outlets = Argument(list)
    doc = Argument(writable=False)
    doc_md = Argument(writable=False)
    doc_json = Argument(writable=False)
    doc_yaml = Argument(writable=False)
    doc_rst = Argument(writable=False)
    allow_nested_operators = Argument(as_bool=True, writable=False)

    @property
    def task_display_name(self) -> str:
        return self.partial_kwargs.get("task_display_name") or self.task_id

    @property
    def weight_rule(self) -> Any:
        return validate_and_load_priority_weight_strategy(self.partial_kwargs.get("weight_rule", DEFAULT_WEIGHT_RULE))

    @weight_rule.setter
    def weight_rule(self, value: Any) -> None:
        self.partial_kwargs["weight_rule"] = validate_and_load_priority_weight_strategy(value)

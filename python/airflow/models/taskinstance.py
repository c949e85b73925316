"""A task instance: one task in one run, as the task itself and callbacks see it."""

from __future__ import annotations

import contextlib
import hashlib
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import quote

from airflow import _supervisor
from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.models._rows import fill
from airflow.models.taskinstancekey import TaskInstanceKey
from airflow.utils import timezone
from airflow.utils.log.logging_mixin import LoggingMixin
from airflow.utils.state import DagRunState, TaskInstanceState
from airflow.utils.xcom import XCOM_RETURN_KEY

#: Contexts of the code that runs now, the innermost last.
_CURRENT_CONTEXT: list[Any] = []

_COLUMNS = tuple(
    """task_id dag_id run_id map_index start_date end_date duration state try_number max_tries hostname unixname
    job_id pool pool_slots queue priority_weight operator custom_operator_name queued_dttm queued_by_job_id pid
    executor executor_config updated_at rendered_map_index external_executor_id trigger_id trigger_timeout
    next_method next_kwargs""".split()
)


class TaskReturnCode(Enum):
    """How a task's process ended, for its supervisor."""

    DEFERRED = 100


@contextlib.contextmanager
def set_current_context(context: Any) -> Iterator[Any]:
    """Makes `context` the one that `get_current_context` gives."""
    _CURRENT_CONTEXT.append(context)
    try:
        yield context
    finally:
        if not _CURRENT_CONTEXT or _CURRENT_CONTEXT.pop() is not context:
            warnings.warn("the current context was changed by somebody else", stacklevel=2)


class TaskInstance(LoggingMixin):
    """A task instance. Its attributes are the columns of its row when the try started."""

    dag_id: str
    task_id: str
    run_id: str
    map_index: int
    state: str | None
    try_number: int
    max_tries: int
    start_date: datetime | None
    end_date: datetime | None
    hostname: str
    note: str | None

    def __init__(
        self,
        task: Any,
        execution_date: datetime | None = None,
        run_id: str | None = None,
        state: str | None = None,
        map_index: int = -1,
    ) -> None:
        if run_id is None and execution_date is not None:
            raise AirflowException("a TaskInstance is made with a run_id; the execution_date is not enough")
        row = {
            "dag_id": task.dag_id,
            "task_id": task.task_id,
            "run_id": run_id,
            "map_index": map_index,
            "state": state,
            "try_number": 0,
            "max_tries": task.retries,
            "hostname": "",
            "pool_slots": task.pool_slots,
        }
        self._take(row, task, None)
        self.refresh_from_task(task)

    @classmethod
    def _of_row(cls, row: Mapping[str, Any], task: Any, dag_run: Any) -> TaskInstance:
        ti = cls.__new__(cls)
        ti._take(row, task, dag_run)
        return ti

    def _take(self, row: Mapping[str, Any], task: Any, dag_run: Any) -> None:
        fill(self, _COLUMNS, row)
        self._task_display_name = row.get("task_display_name")
        self.task = task
        self.dag_run = dag_run
        self.run_as_user = getattr(task, "run_as_user", None)
        self.note = None
        self.raw = False
        self.test_mode = False

    def __repr__(self) -> str:
        mapped = f"map_index={self.map_index} " if self.map_index != -1 else ""
        return f"<TaskInstance: {self.dag_id}.{self.task_id} {self.run_id} {mapped}[{self.state}]>"

    def __hash__(self) -> int:
        return hash((self.task_id, self.dag_id, self.run_id, self.map_index))

    def __eq__(self, other: object) -> bool:
        return self is other

    # What it is

    @property
    def key(self) -> TaskInstanceKey:
        """The name of this try."""
        return TaskInstanceKey(self.dag_id, self.task_id, self.run_id, self.try_number, self.map_index)

    @property
    def execution_date(self) -> datetime | None:
        """The logical date of the run."""
        return None if self.dag_run is None else self.dag_run.execution_date

    @property
    def task_display_name(self) -> str:
        """The name that people see."""
        return self._task_display_name or self.task_id

    @property
    def operator_name(self) -> str | None:
        """The name of the operator that people see."""
        return self.custom_operator_name or self.operator

    @property
    def stats_tags(self) -> dict[str, str]:
        """For metrics."""
        return {"dag_id": self.dag_id, "task_id": self.task_id}

    @property
    def prev_attempted_tries(self) -> int:
        """Deprecated: `try_number`."""
        return self.try_number

    @property
    def next_try_number(self) -> int:
        """The number of the try after this one."""
        return self.try_number + 1

    @property
    def log_url(self) -> str:
        """The web page with the log of this task instance."""
        mapped = f"&map_index={self.map_index}" if self.map_index >= 0 else ""
        date = quote(self.execution_date.strftime("%Y-%m-%dT%H:%M:%S%z"))
        return (
            f"{_web_server()}/dags/{self.dag_id}/grid?dag_run_id={quote(self.run_id)}&task_id={self.task_id}{mapped}"
            f"&base_date={date}&tab=logs"
        )

    @property
    def mark_success_url(self) -> str:
        """The web page that asks whether to mark this task instance as a success."""
        return (
            f"{_web_server()}/confirm?task_id={self.task_id}&dag_id={self.dag_id}&dag_run_id={quote(self.run_id)}"
            "&upstream=false&downstream=false&state=success"
        )

    def refresh_from_task(self, task: Any, pool_override: str | None = None) -> None:
        """Takes over what the task says: queue, pool, weight, executor, operator."""
        self.task = task
        self.queue = task.queue
        self.pool = pool_override or task.pool
        self.pool_slots = task.pool_slots
        with contextlib.suppress(Exception):
            self.priority_weight = task.priority_weight_total
        self.run_as_user = task.run_as_user
        self.executor = task.executor
        self.executor_config = task.executor_config
        self.operator = task.task_type
        self.custom_operator_name = getattr(task, "custom_operator_name", None)
        self._task_display_name = task.task_display_name

    # Its state

    def current_state(self, session: Any = None) -> str | None:
        """The state that the database has now."""
        return _supervisor.get_task_instance_state()

    def refresh_from_db(self, session: Any = None, lock_for_update: bool = False) -> None:
        """Takes the present state over. The other attributes stay those of the start of the try."""
        self.state = self.current_state()

    def set_state(self, state: Any, session: Any = None) -> Any:
        """Not with this package."""
        raise AirflowException(
            "a task cannot set states; it ends by returning, or by raising AirflowSkipException, "
            "AirflowFailException or another exception"
        )

    error = set_state

    def set_duration(self) -> None:
        """From the start to the end of the try."""
        ended = self.start_date and self.end_date
        self.duration = (self.end_date - self.start_date).total_seconds() if ended else None

    def clear_next_method_args(self) -> None:
        """Forgets how a deferred task would have gone on."""
        self.next_method = None
        self.next_kwargs = None

    def is_eligible_to_retry(self) -> bool:
        """Whether a failure leads to another try."""
        if self.state == TaskInstanceState.RESTARTING:
            # Somebody cleared it while it ran.
            return True
        if getattr(self, "task", None) is None:
            return self.try_number <= self.max_tries
        return bool(self.task.retries and self.try_number <= self.max_tries)

    def next_retry_datetime(self) -> datetime:
        """When a retry is due."""
        from airflow.models.abstractoperator import MAX_RETRY_DELAY

        delay = self.task.retry_delay
        if self.task.retry_exponential_backoff:
            shortest = max(math.ceil(delay.total_seconds() * (2 ** (self.try_number - 1))), 1)
            text = f"{self.dag_id}#{self.task_id}#{self.execution_date}#{self.try_number}"
            jitter = int(hashlib.sha1(text.encode()).hexdigest(), 16) % shortest
            delay = timedelta(seconds=min(shortest + jitter, MAX_RETRY_DELAY))
            if self.task.max_retry_delay:
                delay = min(self.task.max_retry_delay, delay)
        return self.end_date + delay

    def ready_for_retry(self) -> bool:
        """Whether a retry is due now."""
        return self.state == TaskInstanceState.UP_FOR_RETRY and self.next_retry_datetime() < timezone.utcnow()

    @property
    def is_premature(self) -> bool:
        """Whether it waits for its retry."""
        return self.state == TaskInstanceState.UP_FOR_RETRY and not self.ready_for_retry()

    # Other runs

    def get_dagrun(self, session: Any = None) -> Any:
        """The run."""
        return self.dag_run

    def get_previous_dagrun(self, state: DagRunState | None = None, session: Any = None) -> Any:
        """The run before this one; with `state`, that is in this state. None where there is none."""
        from airflow.models.dagrun import previous_run

        dag = self.task.dag
        if dag is None:
            return None
        self.dag_run.dag = dag
        scheduled_only = bool(dag.catchup) and state is None and dag.timetable.can_be_scheduled
        return previous_run(self.dag_run, state=state, scheduled_only=scheduled_only)

    def get_previous_ti(self, state: DagRunState | None = None, session: Any = None) -> TaskInstance | None:
        """The same task in the run before this one."""
        run = self.get_previous_dagrun(state)
        return None if run is None else run.get_task_instance(self.task_id, map_index=self.map_index)

    @property
    def previous_ti(self) -> TaskInstance | None:
        """Deprecated: `get_previous_ti`."""
        return self.get_previous_ti()

    @property
    def previous_ti_success(self) -> TaskInstance | None:
        """Deprecated: `get_previous_ti`."""
        return self.get_previous_ti(state=DagRunState.SUCCESS)

    def get_previous_execution_date(self, state: DagRunState | None = None, session: Any = None) -> Any:
        """The logical date of the run before this one."""
        previous = self.get_previous_ti(state)
        return previous and timezone.coerce_datetime(previous.execution_date)

    def get_previous_start_date(self, state: DagRunState | None = None, session: Any = None) -> Any:
        """When the same task started in the run before this one."""
        previous = self.get_previous_ti(state)
        return previous and timezone.coerce_datetime(previous.start_date)

    @property
    def previous_start_date_success(self) -> Any:
        """Deprecated: `get_previous_start_date`."""
        return self.get_previous_start_date(state=DagRunState.SUCCESS)

    # XComs

    def xcom_push(self, key: str, value: Any, execution_date: Any = None, session: Any = None) -> None:
        """Leaves `value` for other tasks, at once."""
        from airflow.models.xcom import XCom

        if execution_date is not None:
            warnings.warn("execution_date has no effect on xcom_push", RemovedInAirflow3Warning, stacklevel=2)
        XCom.set(
            key=key,
            value=value,
            task_id=self.task_id,
            dag_id=self.dag_id,
            run_id=self.run_id,
            map_index=self.map_index,
        )

    def xcom_pull(
        self,
        task_ids: str | Iterable[str] | None = None,
        dag_id: str | None = None,
        key: str | None = XCOM_RETURN_KEY,
        include_prior_dates: bool = False,
        session: Any = None,
        *,
        map_indexes: int | Iterable[int] | None = None,
        default: Any = None,
    ) -> Any:
        """What other tasks left.

        One task id gives its value, or a lazy sequence if the task is mapped, or `default`. Several task ids or
        map indexes give a lazy sequence in their order. `include_prior_dates` looks at earlier runs too.
        """
        from airflow.models._xcom_pull import pull

        return pull(
            self,
            task_ids=task_ids,
            dag_id=dag_id,
            key=key,
            include_prior_dates=include_prior_dates,
            map_indexes=map_indexes,
            default=default,
        )

    def get_relevant_upstream_map_indexes(self, upstream: Any, ti_count: int | None, *, session: Any = None) -> Any:
        """Which map indexes of `upstream` this instance pulls from; None takes the whole result."""
        from airflow.models._upstream_map_indexes import relevant

        return relevant(self, upstream, ti_count)

    # Templates and messages

    def get_template_context(self, session: Any = None, ignore_param_exceptions: bool = True) -> Any:
        """The context, as `execute` gets it."""
        try:
            from updraft_runtime.context import build_context
        except ImportError:
            raise _supervisor.NoSupervisor("the context of a task") from None
        return build_context(self, ignore_param_exceptions=ignore_param_exceptions)

    def render_templates(self, context: Any = None, jinja_env: Any = None) -> Any:
        """Renders the fields of the task; returns the task as it was before, which may be a mapped one."""
        from airflow.models.mappedoperator import MappedOperator

        if context is None:
            context = self.get_template_context()
        original = self.task
        original.render_template_fields(context, jinja_env)
        if isinstance(self.task, MappedOperator):
            self.task = context["ti"].task
        return original

    def get_email_subject_content(self, exception: Any, task: Any = None) -> tuple[str, str, str]:
        """Subject and text of the e-mail about a failure, and a text without the exception."""
        from airflow.models._task_instance_email import subject_and_texts

        return subject_and_texts(self, exception, task)

    def email_alert(self, exception: Any, task: Any) -> None:
        """Sends the e-mail about a failure."""
        from airflow.models._task_instance_email import alert

        alert(self, exception, task)

    def init_run_context(self, raw: bool = False) -> None:
        """Tells log handlers of the user for which task instance they log."""
        self.raw = raw
        self._set_context(self)


def _web_server() -> str:
    from airflow.configuration import conf

    return conf.get("webserver", "base_url", fallback="http://localhost:8080")


def clear_task_instances(*args: Any, **kwargs: Any) -> None:
    """Not with this package."""
    raise AirflowException(
        "a task cannot clear task instances; `updraft tasks clear` can, and POST /api/v1/dags/<DAG>/clearTaskInstances"
    )


class SimpleTaskInstance:
    """The plain facts about a task instance."""

    def __init__(self, **facts: Any) -> None:
        self.__dict__.update(facts)

    def __repr__(self) -> str:
        return f"SimpleTaskInstance({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if isinstance(other, SimpleTaskInstance) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_ti(cls, ti: Any) -> SimpleTaskInstance:
        """Of a task instance."""
        names = """dag_id task_id run_id map_index start_date end_date try_number state executor executor_config pool
            queue key run_as_user priority_weight""".split()
        return cls(**{name: getattr(ti, name, None) for name in names})

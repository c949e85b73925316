"""Every exception of Airflow 2.10.5, in the same class tree."""

from __future__ import annotations

import warnings
from collections import namedtuple

from airflow.utils.trigger_rule import TriggerRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Sized
    from typing import Any


class AirflowException(Exception):
    """What all of Airflow's own exceptions derive from."""

    status_code = 500

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Import path, positional and keyword arguments: enough to make the exception again."""
        return _path(self), (str(self),), {}


def _path(exception: BaseException) -> str:
    return f"{type(exception).__module__}.{type(exception).__name__}"


class AirflowBadRequest(AirflowException):
    """The request itself is wrong."""

    status_code = 400


class AirflowNotFoundException(AirflowException):
    """What was asked for does not exist."""

    status_code = 404


class AirflowConfigException(AirflowException):
    """The configuration is wrong or lacks an option."""


class AirflowSensorTimeout(AirflowException):
    """A sensor waited as long as it may."""


class AirflowRescheduleException(AirflowException):
    """A sensor gives its slot back until `reschedule_date`."""

    def __init__(self, reschedule_date: datetime.datetime) -> None:
        super().__init__()
        self.reschedule_date = reschedule_date

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return _path(self), (), {"reschedule_date": self.reschedule_date}


class InvalidStatsNameException(AirflowException):
    """A metric has a name that the metrics system would not take."""


class AirflowTaskTimeout(BaseException):
    """A task ran longer than its `execution_timeout`. No `except Exception` in a task hides it."""


class AirflowTaskTerminated(BaseException):
    """The process of the task was told to end."""


class AirflowWebServerTimeout(AirflowException):
    """The web server did not answer in time."""


class AirflowSkipException(AirflowException):
    """Raise it in a task to end as skipped."""


class AirflowFailException(AirflowException):
    """Raise it in a task to fail without another try."""


class AirflowOptionalProviderFeatureException(AirflowException):
    """A feature needs a package that is not installed."""


class AirflowInternalRuntimeError(BaseException):
    """Something inside went wrong that no task can mend."""


class XComNotFound(AirflowException):
    """An argument refers to an XCom that was never pushed."""

    def __init__(self, dag_id: str, task_id: str, key: str) -> None:
        super().__init__()
        self.dag_id = dag_id
        self.task_id = task_id
        self.key = key

    def __str__(self) -> str:
        return f"the task {self.task_id!r} of the DAG {self.dag_id!r} pushed no XCom with the key {self.key!r}"

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return _path(self), (), {"dag_id": self.dag_id, "task_id": self.task_id, "key": self.key}


class UnmappableOperator(AirflowException):
    """An operator that cannot be expanded."""


class XComForMappingNotPushed(AirflowException):
    """A task that others expand over returned nothing."""

    def __str__(self) -> str:
        return "the task returned nothing, and another task expands over its result"


class UnmappableXComTypePushed(AirflowException):
    """A task that others expand over returned something that has no length."""

    def __init__(self, value: Any, *values: Any) -> None:
        super().__init__(value, *values)

    def __str__(self) -> str:
        name = type(self.args[0]).__qualname__
        for inner in self.args[1:]:
            name = f"{name}[{type(inner).__qualname__}]"
        return f"a task expands over this result, which takes a list or a dict, not {name!r}"


class UnmappableXComLengthPushed(AirflowException):
    """A task that others expand over returned too many values."""

    def __init__(self, value: Sized, max_length: int) -> None:
        super().__init__(value)
        self.value = value
        self.max_length = max_length

    def __str__(self) -> str:
        count = len(self.value)
        return f"a task expands over this result of {count} values; [core] max_map_length is {self.max_length}"


class AirflowDagCycleException(AirflowException):
    """The tasks of a DAG wait for each other in a circle."""


class AirflowDagDuplicatedIdException(AirflowException):
    """Two files define a DAG of the same id."""

    def __init__(self, dag_id: str, incoming: str, existing: str) -> None:
        super().__init__(dag_id, incoming, existing)
        self.dag_id = dag_id
        self.incoming = incoming
        self.existing = existing

    def __str__(self) -> str:
        return f"the DAG {self.dag_id!r} of {self.incoming} is ignored: {self.existing} defines it already"


class AirflowDagInconsistent(AirflowException):
    """Parts of a DAG contradict each other."""


class AirflowClusterPolicyViolation(AirflowException):
    """A policy of the deployment forbids this DAG or task."""


class AirflowClusterPolicySkipDag(AirflowException):
    """A policy of the deployment leaves this DAG out."""


class AirflowClusterPolicyError(AirflowException):
    """A policy of the deployment failed itself."""


class AirflowTimetableInvalid(AirflowException):
    """A schedule that no calendar can follow, such as a wrong cron expression."""


class DagNotFound(AirflowNotFoundException):
    """There is no such DAG."""


class DagCodeNotFound(AirflowNotFoundException):
    """The source of the DAG is not stored."""


class DagRunNotFound(AirflowNotFoundException):
    """There is no such DAG run."""


class DagRunAlreadyExists(AirflowBadRequest):
    """There is a run of that id or logical date."""

    def __init__(self, dag_run: Any, execution_date: datetime.datetime, run_id: str) -> None:
        super().__init__(f"the DAG {dag_run.dag_id!r} already has a run {run_id!r} at {execution_date}")
        self.dag_run = dag_run
        self.execution_date = execution_date
        self.run_id = run_id


class DagFileExists(AirflowBadRequest):
    """Not raised any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        warnings.warn("DagFileExists is deprecated; nothing raises it", DeprecationWarning, stacklevel=2)


class FailStopDagInvalidTriggerRule(AirflowException):
    """A DAG with `fail_stop` has a task that would run after a failure."""

    _allowed_rules = (TriggerRule.ALL_SUCCESS, TriggerRule.ALL_DONE_SETUP_SUCCESS)

    @classmethod
    def check(cls, *, dag: Any, trigger_rule: TriggerRule) -> None:
        if dag is not None and dag.fail_stop and trigger_rule not in cls._allowed_rules:
            raise cls()

    def __str__(self) -> str:
        return f"tasks of a DAG with fail_stop=True can only have the trigger rule {TriggerRule.ALL_SUCCESS.value!r}"


class DuplicateTaskIdFound(AirflowException):
    """Two tasks, or a task and a group, of one DAG have the same id."""


class TaskAlreadyInTaskGroup(AirflowException):
    """A task can be in one group only."""

    def __init__(self, task_id: str, existing_group_id: str | None, new_group_id: str) -> None:
        super().__init__(task_id, new_group_id)
        self.task_id = task_id
        self.existing_group_id = existing_group_id
        self.new_group_id = new_group_id

    def __str__(self) -> str:
        existing = "no group" if self.existing_group_id is None else f"the group {self.existing_group_id!r}"
        return f"the task {self.task_id!r} is in {existing} already and cannot be put into {self.new_group_id!r}, too"


class SerializationError(AirflowException):
    """A DAG cannot be written as JSON."""


class ParamValidationError(AirflowException):
    """The value of a param does not fit its schema."""


class TaskNotFound(AirflowNotFoundException):
    """The DAG has no such task."""


class TaskInstanceNotFound(AirflowNotFoundException):
    """The run has no such task instance."""


class PoolNotFound(AirflowNotFoundException):
    """There is no such pool."""


class NoAvailablePoolSlot(AirflowException):
    """The pool is full."""


class DagConcurrencyLimitReached(AirflowException):
    """As many tasks of the DAG run as may."""


class TaskConcurrencyLimitReached(AirflowException):
    """As many instances of the task run as may."""


class BackfillUnfinished(AirflowException):
    """A backfill ended before all of its tasks did."""

    def __init__(self, message: str, ti_status: Any) -> None:
        super().__init__(message)
        self.ti_status = ti_status


class FileSyntaxError(namedtuple("FileSyntaxError", ("line_no", "message"))):
    """One mistake in a file."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.message} (line {self.line_no})"


class AirflowFileParseException(AirflowException):
    """A file of variables or connections that cannot be read."""

    def __init__(self, msg: str, file_path: str, parse_errors: list[FileSyntaxError]) -> None:
        super().__init__(msg)
        self.msg = msg
        self.file_path = file_path
        self.parse_errors = parse_errors

    def __str__(self) -> str:
        lines = [f"{self.msg}: {self.file_path}"]
        lines.extend(f"  {error}" for error in self.parse_errors)
        return "\n".join(lines)


class ConnectionNotUnique(AirflowException):
    """A file has several connections of one id."""


class TaskDeferred(BaseException):
    """An operator leaves its slot until a trigger fires. No `except Exception` in a task hides it."""

    def __init__(
        self,
        *,
        trigger: Any,
        method_name: str,
        kwargs: dict[str, Any] | None = None,
        timeout: datetime.timedelta | None = None,
    ) -> None:
        super().__init__()
        self.trigger = trigger
        self.method_name = method_name
        self.kwargs = kwargs
        self.timeout = timeout
        if timeout is not None and not hasattr(timeout, "total_seconds"):
            raise ValueError(f"timeout must be a timedelta, not {type(timeout).__name__}")

    def serialize(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        names = ("trigger", "method_name", "kwargs", "timeout")
        return _path(self), (), {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        return f"<TaskDeferred trigger={self.trigger} method={self.method_name}>"


class TaskDeferralError(AirflowException):
    """The trigger that a task waited for failed."""


class PodMutationHookException(AirflowException):
    """The `pod_mutation_hook` failed."""


class PodReconciliationError(AirflowException):
    """Two definitions of a pod cannot be merged."""


class RemovedInAirflow3Warning(DeprecationWarning):
    """What Airflow 3 has no more."""

    deprecated_since: str | None = None


class AirflowProviderDeprecationWarning(DeprecationWarning):
    """What a later version of a provider package has no more."""

    deprecated_provider_since: str | None = None


class DeserializingResultError(ValueError):
    """The result of a task in another interpreter cannot be read."""

    def __str__(self) -> str:
        return (
            "the result of the other interpreter cannot be read; both need the same major version of Python: "
            f"{self.__cause__}"
        )


class UnknownExecutorException(ValueError):
    """There is no such executor."""

"""Waits for tasks or runs of another DAG."""

from __future__ import annotations

import datetime
import os
from collections.abc import Collection, Iterable
from typing import Any, Callable

from airflow import _supervisor
from airflow.exceptions import AirflowException, AirflowSkipException
from airflow.models.baseoperatorlink import BaseOperatorLink
from airflow.operators.empty import EmptyOperator
from airflow.sensors.base import BaseSensorOperator
from airflow.utils.state import State, TaskInstanceState


class ExternalDagLink(BaseOperatorLink):
    """The web page of the other DAG."""

    name = "External DAG"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        from airflow.utils.helpers import build_airflow_url_with_query

        return build_airflow_url_with_query({"dag_id": operator.external_dag_id, "run_id": ti_key.run_id})


class ExternalTaskSensor(BaseSensorOperator):
    """Waits for a DAG, a task group or tasks to succeed in the run of the same logical date.

    It does not fail when what it waits for fails, unless `failed_states` says so: someone may run that again.

    :param external_dag_id: the DAG. (templated)
    :param external_task_id: the task to wait for; with no task and no group, the whole run. (templated)
    :param external_task_ids: the tasks to wait for. (templated)
    :param external_task_group_id: the task group to wait for. (templated)
    :param allowed_states: states that end the wait
    :param skipped_states: states that skip this task
    :param failed_states: states that fail it, or skip it with `soft_fail`
    :param execution_delta: how much earlier the other run's logical date is
    :param execution_date_fn: gives the other run's logical date, or several, from this one's
    :param check_existence: fails at once when the DAG, task or group does not exist
    :param poll_interval: for deferrable sensors only
    :param deferrable: accepted; this sensor waits as its `mode` says all the same
    """

    template_fields = ["external_dag_id", "external_task_id", "external_task_ids", "external_task_group_id"]
    ui_color = "#4db7db"
    operator_extra_links = [ExternalDagLink()]

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str | None = None,
        external_task_ids: Collection[str] | None = None,
        external_task_group_id: str | None = None,
        allowed_states: Iterable[str] | None = None,
        skipped_states: Iterable[str] | None = None,
        failed_states: Iterable[str] | None = None,
        execution_delta: datetime.timedelta | None = None,
        execution_date_fn: Callable[..., Any] | None = None,
        check_existence: bool = False,
        poll_interval: float = 2.0,
        deferrable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.allowed_states = list(allowed_states) if allowed_states else [TaskInstanceState.SUCCESS.value]
        self.skipped_states = list(skipped_states) if skipped_states else []
        self.failed_states = list(failed_states) if failed_states else []
        external_task_ids = external_task_ids or None
        given = [external_task_id, external_task_ids, external_task_group_id]
        if sum(item is not None for item in given) > 1:
            raise ValueError("give one of external_task_id, external_task_ids and external_task_group_id only")
        if external_task_id is not None:
            external_task_ids = [external_task_id]
        self._check_states(is_for_tasks=bool(external_task_ids or external_task_group_id))
        if execution_delta is not None and execution_date_fn is not None:
            raise ValueError("give one of execution_delta and execution_date_fn only")
        self.execution_delta = execution_delta
        self.execution_date_fn = execution_date_fn
        self.external_dag_id = external_dag_id
        self.external_task_id = external_task_id
        self.external_task_ids = external_task_ids
        self.external_task_group_id = external_task_group_id
        self.check_existence = check_existence
        self._has_checked_existence = False
        self.deferrable = bool(deferrable)
        self.poll_interval = poll_interval

    def _check_states(self, *, is_for_tasks: bool) -> None:
        states = self.allowed_states + self.skipped_states + self.failed_states
        if len(set(states)) != len(states):
            raise AirflowException("a state is in two of allowed_states, skipped_states and failed_states")
        valid = State.task_states if is_for_tasks else State.dag_states
        if not set(states) <= set(valid):
            raise ValueError(
                f"allowed_states, skipped_states and failed_states of a {'task' if is_for_tasks else 'DAG'} are "
                f"among {[state and str(state) for state in valid]}"
            )

    def _get_dttm_filter(self, context: Any) -> list[Any]:
        """The logical dates to look at."""
        dates = context["logical_date"]
        if self.execution_delta:
            dates = dates - self.execution_delta
        elif self.execution_date_fn:
            dates = self._handle_execution_date_fn(context)
        return dates if isinstance(dates, list) else [dates]

    def _handle_execution_date_fn(self, context: Any) -> Any:
        from airflow.utils.context import lazy_mapping_from_context
        from airflow.utils.operator_helpers import make_kwargs_callable

        arguments = dict(lazy_mapping_from_context(context))
        arguments.pop("execution_date", None)
        logical_date = arguments.pop("logical_date")
        return make_kwargs_callable(self.execution_date_fn)(logical_date, **{**arguments, "context": context})

    def poke(self, context: Any) -> bool:
        ids = self.external_task_ids
        if ids and len(ids) > len(set(ids)):
            raise ValueError("an id is twice in external_task_ids")
        dates = self._get_dttm_filter(context)
        self.log.info("Poking for %s on %s ... ", self._described(), ",".join(date.isoformat() for date in dates))
        if self.check_existence and not self._has_checked_existence:
            self._check_for_existence()
        if self.failed_states and self._count(dates, self.failed_states) > 0:
            message = f"{self._described()} failed"
            raise AirflowSkipException(message) if self.soft_fail else AirflowException(message)
        if self.skipped_states and self._count(dates, self.skipped_states) > 0:
            raise AirflowSkipException(f"{self._described()} reached a state in skipped_states")
        return self._count(dates, self.allowed_states) == len(dates)

    def _described(self) -> str:
        if self.external_task_ids:
            return f"tasks {self.external_task_ids} in dag {self.external_dag_id}"
        if self.external_task_group_id:
            return f"task_group '{self.external_task_group_id}' in dag '{self.external_dag_id}'"
        return f"DAG '{self.external_dag_id}'"

    def _count(self, dates: list[Any], states: list[str]) -> float:
        """In how many of the runs all that is waited for is in one of the states; parts of a run count as such."""
        where = {
            "dag_id": self.external_dag_id,
            "logical_dates": [date.isoformat() for date in dates],
            "states": [str(state) for state in states],
        }
        if self.external_task_ids:
            found = _supervisor.count_task_instances(task_ids=list(self.external_task_ids), **where)
            return found["count"] / len(self.external_task_ids)
        if self.external_task_group_id:
            # Mapped tasks have an instance for each index, so it is instances that are compared.
            found = _supervisor.count_task_instances(task_group_id=self.external_task_group_id, **where)
            return found["count"] * len(dates) / found["total"] if found["total"] else 0
        return _supervisor.count_dag_runs(**where)

    def _check_for_existence(self) -> None:
        from airflow.utils.file import correct_maybe_zipped

        facts = _supervisor.get_dag_facts(self.external_dag_id)
        if facts is None:
            raise AirflowException(f"The external DAG {self.external_dag_id} does not exist.")
        if not os.path.exists(correct_maybe_zipped(facts["fileloc"])):
            raise AirflowException(f"The external DAG {self.external_dag_id} was deleted.")
        for task_id in self.external_task_ids or ():
            if task_id not in facts["task_ids"]:
                raise AirflowException(f"The external task {task_id} in DAG {self.external_dag_id} does not exist.")
        group = self.external_task_group_id
        if group and group not in facts["task_group_ids"]:
            raise AirflowException(f"The external task group '{group}' in DAG '{self.external_dag_id}' does not exist.")
        self._has_checked_existence = True


class ExternalTaskMarker(EmptyOperator):
    """Says that a task of another DAG depends on this one, so that clearing this one clears that too.

    :param external_dag_id: the other DAG. (templated)
    :param external_task_id: the task in it. (templated)
    :param execution_date: the logical date of the other run. (templated)
    :param recursion_depth: how many such steps a clearing follows at most
    """

    template_fields = ["external_dag_id", "external_task_id", "execution_date"]
    ui_color = "#4db7db"
    operator_extra_links = [ExternalDagLink()]

    def __init__(
        self,
        *,
        external_dag_id: str,
        external_task_id: str,
        execution_date: str | datetime.datetime | None = "{{ logical_date.isoformat() }}",
        recursion_depth: int = 10,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.external_dag_id = external_dag_id
        self.external_task_id = external_task_id
        if isinstance(execution_date, datetime.datetime):
            execution_date = execution_date.isoformat()
        elif not isinstance(execution_date, str):
            raise TypeError(f"execution_date has to be text or a datetime, not a {type(execution_date)}")
        self.execution_date = execution_date
        if recursion_depth <= 0:
            raise ValueError("recursion_depth has to be a positive number")
        self.recursion_depth = recursion_depth

    @classmethod
    def get_serialized_fields(cls) -> Any:
        return super().get_serialized_fields() | {"recursion_depth"}

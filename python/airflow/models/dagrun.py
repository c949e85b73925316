"""A run of a DAG, as tasks and callbacks see it."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from airflow import _supervisor
from airflow.exceptions import AirflowException
from airflow.models._rows import fill
from airflow.utils.log.logging_mixin import LoggingMixin
from airflow.utils.types import DagRunType

_COLUMNS = tuple(
    """id dag_id queued_at execution_date start_date end_date state run_id creating_job_id external_trigger run_type
    data_interval_start data_interval_end last_scheduling_decision dag_hash log_template_id updated_at
    clear_number""".split()
)


class DagRun(LoggingMixin):
    """A run. Its attributes are the columns of its row when the task started."""

    id: int | None
    dag_id: str
    run_id: str
    run_type: str
    state: str
    execution_date: datetime
    start_date: datetime | None
    end_date: datetime | None
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    external_trigger: bool

    def __init__(
        self,
        dag_id: str | None = None,
        run_id: str | None = None,
        queued_at: datetime | None = None,
        execution_date: datetime | None = None,
        start_date: datetime | None = None,
        external_trigger: bool | None = None,
        conf: Any = None,
        state: Any = None,
        run_type: str | None = None,
        dag_hash: str | None = None,
        creating_job_id: int | None = None,
        data_interval: tuple[datetime, datetime] | None = None,
    ) -> None:
        start, end = data_interval or (None, None)
        row = dict(locals(), data_interval_start=start, data_interval_end=end, clear_number=0)
        fill(self, _COLUMNS, row)
        self.conf = conf or {}
        self.dag: Any = None

    @classmethod
    def _of_row(cls, row: Mapping[str, Any], pickled_conf: bytes = b"") -> DagRun:
        run = cls.__new__(cls)
        fill(run, _COLUMNS, row)
        run.conf = pickle.loads(pickled_conf) if pickled_conf else {}
        run.dag = None
        return run

    def __repr__(self) -> str:
        return (
            f"<DagRun {self.dag_id} @ {self.execution_date}: {self.run_id}, state:{self.state}, "
            f"queued_at: {self.queued_at}. externally triggered: {self.external_trigger}>"
        )

    @property
    def logical_date(self) -> datetime:
        """Which date the run is for."""
        return self.execution_date

    @property
    def is_backfill(self) -> bool:
        """Whether a backfill made the run."""
        return self.run_type == DagRunType.BACKFILL_JOB

    @property
    def stats_tags(self) -> dict[str, str]:
        """For metrics."""
        return {"dag_id": self.dag_id, "run_type": str(self.run_type)}

    def get_state(self) -> str:
        """The state when the task started; `refresh_from_db` asks for the present one."""
        return self.state

    def refresh_from_db(self, session: Any = None) -> None:
        """Asks for the present state."""
        self.state = _supervisor.get_dag_run_state(self.dag_id, self.run_id) or self.state

    def get_dag(self) -> Any:
        """The DAG of this run."""
        if self.dag is None:
            raise AirflowException(f"The DAG of the run {self} is not loaded")
        return self.dag

    def get_task_instances(self, state: Iterable[str | None] | None = None, session: Any = None) -> list[Any]:
        """The task instances of this run, or those in one of the states."""
        wanted = [state] if isinstance(state, str) else state and list(state)
        found = self._task_instances(None)
        return found if wanted is None else [ti for ti in found if ti.state in wanted]

    def get_task_instance(self, task_id: str, session: Any = None, *, map_index: int = -1) -> Any:
        """One task instance of this run; None where there is none."""
        found = self._task_instances([task_id])
        return next((ti for ti in found if ti.map_index == map_index), None)

    def _task_instances(self, task_ids: list[str] | None) -> list[Any]:
        from airflow.models.taskinstance import TaskInstance

        rows = _supervisor.get_task_instances(dag_id=self.dag_id, run_id=self.run_id, task_ids=task_ids)
        tasks = self.dag.task_dict if self.dag is not None else {}
        return [TaskInstance._of_row(row, tasks.get(row["task_id"]), self) for row in rows]

    @staticmethod
    def get_previous_dagrun(dag_run: DagRun, state: str | None = None, session: Any = None) -> DagRun | None:
        """The run with the next earlier logical date, of any kind; with `state`, that is in this state."""
        return previous_run(dag_run, state=state)

    @staticmethod
    def generate_run_id(run_type: Any, execution_date: datetime) -> str:
        """The id that a run gets if nobody gives one."""
        return f"{DagRunType(run_type).value}__{execution_date.isoformat()}"

    @staticmethod
    def find(*args: Any, **kwargs: Any) -> Any:
        """Not with this package."""
        raise AirflowException(
            "DagRun.find reads the metadata database, which a task cannot do. What tasks may ask for: "
            "context['dag_run'], ti.get_previous_dagrun(), ExternalTaskSensor and the REST API (/api/v1/dags)"
        )

    find_duplicate = find


def previous_run(dag_run: DagRun, *, state: str | None = None, scheduled_only: bool = False) -> DagRun | None:
    """The run before `dag_run`."""
    reply = _supervisor.get_previous_dag_run(
        dag_run.dag_id, dag_run.run_id, state=state and str(state), scheduled_only=scheduled_only
    )
    if reply["dag_run"] is None:
        return None
    found = DagRun._of_row(reply["dag_run"], reply.blob)
    found.dag = dag_run.dag
    return found

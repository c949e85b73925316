"""Starts a run of another DAG."""

from __future__ import annotations

import datetime
import json
import time
import warnings
from collections.abc import Sequence
from typing import Any

from airflow import _supervisor
from airflow.exceptions import (
    AirflowException,
    AirflowSkipException,
    DagRunAlreadyExists,
    RemovedInAirflow3Warning,
)
from airflow.models.baseoperator import BaseOperator
from airflow.models.baseoperatorlink import BaseOperatorLink
from airflow.utils import timezone
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType

XCOM_LOGICAL_DATE_ISO = "trigger_logical_date_iso"
XCOM_RUN_ID = "trigger_run_id"


class TriggerDagRunLink(BaseOperatorLink):
    """The web page of the run that was triggered."""

    name = "Triggered DAG"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        from airflow.models.xcom import XCom
        from airflow.utils.helpers import build_airflow_url_with_query

        run_id = XCom.get_value(ti_key=ti_key, key=XCOM_RUN_ID)
        return build_airflow_url_with_query({"dag_id": operator.trigger_dag_id, "dag_run_id": run_id})


def _default_deferrable() -> bool:
    from airflow.configuration import conf

    return conf.getboolean("operators", "default_deferrable", fallback=False)


class TriggerDagRunOperator(BaseOperator):
    """Triggers a run of the DAG `trigger_dag_id`.

    :param trigger_dag_id: the DAG. (templated)
    :param trigger_run_id: the run's id; None makes one from the date. (templated)
    :param conf: the run's conf. (templated)
    :param logical_date: the run's logical date; None is now. (templated)
    :param reset_dag_run: clears the run if it exists already, instead of failing
    :param wait_for_completion: waits for the run's end. (templated)
    :param poke_interval: seconds between two looks at the run while waiting
    :param allowed_states: ends of the run that are a success
    :param failed_states: ends of the run that are a failure
    :param skip_when_already_exists: skips the task if the run exists already. (templated)
    :param deferrable: accepted; this task waits in its own process all the same
    """

    template_fields: Sequence[str] = (
        "trigger_dag_id",
        "trigger_run_id",
        "logical_date",
        "conf",
        "wait_for_completion",
        "skip_when_already_exists",
    )
    template_fields_renderers = {"conf": "py"}
    ui_color = "#ffefeb"
    operator_extra_links = [TriggerDagRunLink()]

    def __init__(
        self,
        *,
        trigger_dag_id: str,
        trigger_run_id: str | None = None,
        conf: dict[str, Any] | None = None,
        logical_date: str | datetime.datetime | None = None,
        reset_dag_run: bool = False,
        wait_for_completion: bool = False,
        poke_interval: int = 60,
        allowed_states: list[Any] | None = None,
        failed_states: list[Any] | None = None,
        skip_when_already_exists: bool = False,
        deferrable: bool | None = None,
        execution_date: str | datetime.datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trigger_dag_id = trigger_dag_id
        self.trigger_run_id = trigger_run_id
        self.conf = conf
        self.reset_dag_run = reset_dag_run
        self.wait_for_completion = wait_for_completion
        self.poke_interval = poke_interval
        self.allowed_states = [DagRunState(state) for state in allowed_states or [DagRunState.SUCCESS]]
        # An empty list means that no end is a failure.
        failed_states = [DagRunState.FAILED] if failed_states is None else failed_states
        self.failed_states = [DagRunState(state) for state in failed_states]
        self.skip_when_already_exists = skip_when_already_exists
        self._defer = _default_deferrable() if deferrable is None else deferrable
        if execution_date is not None:
            warnings.warn("execution_date is deprecated; use logical_date", RemovedInAirflow3Warning, stacklevel=2)
            logical_date = execution_date
        if logical_date is not None and not isinstance(logical_date, (str, datetime.datetime)):
            raise TypeError(f"logical_date has to be text or a datetime, not a {type(logical_date).__name__}")
        self.logical_date = logical_date

    def execute(self, context: Any) -> None:
        logical_date = self._parsed_logical_date()
        try:
            json.dumps(self.conf)
        except TypeError as error:
            raise AirflowException(f"conf has to be JSON: {error}") from error
        from airflow.models.dagrun import DagRun

        run_id = str(self.trigger_run_id or DagRun.generate_run_id(DagRunType.MANUAL, logical_date))
        reply = _supervisor.trigger_dag_run(
            dag_id=self.trigger_dag_id,
            run_id=run_id,
            logical_date=logical_date.isoformat(),
            conf=self.conf,
            reset_dag_run=self.reset_dag_run,
        )
        run_id = reply["run_id"]
        if not reply["created"] and not self.reset_dag_run:
            if self.skip_when_already_exists:
                raise AirflowSkipException(f"the run {run_id} of {self.trigger_dag_id} exists already")
            raise DagRunAlreadyExists(
                dag_run=DagRun(dag_id=self.trigger_dag_id, run_id=run_id, execution_date=logical_date),
                execution_date=logical_date,
                run_id=run_id,
            )
        if not reply["created"]:
            self.log.info("Clearing %s on %s", self.trigger_dag_id, logical_date)
        ti = context["task_instance"]
        ti.xcom_push(key=XCOM_LOGICAL_DATE_ISO, value=reply.get("logical_date") or logical_date.isoformat())
        ti.xcom_push(key=XCOM_RUN_ID, value=run_id)
        if self.wait_for_completion:
            self._wait(run_id, logical_date)

    def _parsed_logical_date(self) -> datetime.datetime:
        if isinstance(self.logical_date, str):
            return timezone.parse(self.logical_date)
        return timezone.utcnow() if self.logical_date is None else self.logical_date

    def _wait(self, run_id: str, logical_date: Any) -> None:
        if self._defer:
            self.log.info("Updraft's bundled API does not defer tasks: this one waits in its own process")
        while True:
            self.log.info(
                "Waiting for %s on %s to become allowed state %s ...",
                self.trigger_dag_id,
                logical_date,
                [str(state) for state in self.allowed_states],
            )
            time.sleep(self.poke_interval)
            state = _supervisor.get_dag_run_state(self.trigger_dag_id, run_id)
            if state is None:
                raise AirflowException(f"the run {run_id} of {self.trigger_dag_id} is gone")
            if state in self.failed_states:
                raise AirflowException(f"{self.trigger_dag_id} failed with failed states {state}")
            if state in self.allowed_states:
                self.log.info("%s finished with allowed state %s", self.trigger_dag_id, state)
                return

"""Lets only the newest run of a schedule go on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.operators.branch import BaseBranchOperator
from airflow.utils import timezone


class LatestOnlyOperator(BaseBranchOperator):
    """Skips the tasks right downstream in a run that is not the newest of its schedule.

    A run that was triggered always goes on.
    """

    ui_color = "#e9ffdb"

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        downstream = list(context["task"].get_direct_relative_ids(upstream=False))
        dag_run, dag = context["dag_run"], context["dag"]
        if dag_run.external_trigger:
            self.log.info("Externally triggered DAG_Run: allowing execution to proceed.")
            return downstream
        following = dag.next_dagrun_info(dag.get_run_data_interval(dag_run), restricted=False)
        if following is None:
            self.log.info("Last scheduled execution: allowing execution to proceed.")
            return downstream
        start, end = following.data_interval
        now = timezone.utcnow()
        self.log.info("Checking latest only with left_window: %s right_window: %s now: %s", start, end, now)
        if start < now <= end:
            self.log.info("Latest, allowing execution to proceed.")
            return downstream
        self.log.info("Not latest execution, skipping downstream.")
        return []

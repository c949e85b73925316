"""Skips task instances of the same run."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from airflow import _supervisor
from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.utils.log.logging_mixin import LoggingMixin

#: The XCom in which a task keeps what it skipped or followed, so that tasks that are cleared know it.
XCOM_SKIPMIXIN_KEY = "skipmixin_key"
XCOM_SKIPMIXIN_SKIPPED = "skipped"
XCOM_SKIPMIXIN_FOLLOWED = "followed"


def _ensure_tasks(nodes: Iterable[Any]) -> list[Any]:
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.mappedoperator import MappedOperator

    return [node for node in nodes if isinstance(node, (BaseOperator, MappedOperator))]


def _instances(task: Any) -> list[tuple[str, int]]:
    """The task instances of a task.

    A task that is mapped over literals has its instances from the start of the run; any other mapped task has one
    unexpanded instance until its turn comes.
    """
    from airflow.models.abstractoperator import NotMapped
    from airflow.models.expandinput import NotFullyPopulated

    try:
        count = task.get_parse_time_mapped_ti_count()
    except (NotMapped, NotFullyPopulated):
        count = 0
    return [(task.task_id, index) for index in range(-1, count)]


class SkipMixin(LoggingMixin):
    """For operators that skip others."""

    def skip(self, dag_run: Any, execution_date: Any, tasks: Iterable[Any], map_index: int = -1) -> None:
        """Skips `tasks`, as far as they have not begun."""
        chosen = _ensure_tasks(tasks)
        if not chosen:
            return
        if dag_run is None:
            warnings.warn("skip() needs the dag_run", RemovedInAirflow3Warning, stacklevel=2)
            raise ValueError("skip() needs the dag_run; an execution_date is not enough")
        if execution_date and execution_date != dag_run.execution_date:
            raise ValueError("execution_date is not that of the dag_run; pass the dag_run only")
        task_ids = [task.task_id for task in chosen]
        # Of a mapped task each instance decides for its own successors, which the scheduler then skips.
        if map_index == -1:
            _supervisor.skip_tasks([instance for task in chosen for instance in _instances(task)])
        task_id = getattr(self, "task_id", None)
        if task_id is not None:
            from airflow.models.xcom import XCom

            XCom.set(
                key=XCOM_SKIPMIXIN_KEY,
                value={XCOM_SKIPMIXIN_SKIPPED: task_ids},
                task_id=task_id,
                dag_id=dag_run.dag_id,
                run_id=dag_run.run_id,
                map_index=map_index,
            )

    @staticmethod
    def skip_all_except(ti: Any, branch_task_ids: None | str | Iterable[str]) -> None:
        """Skips what is right downstream of `ti`, except the given tasks and what these lead to."""
        log = SkipMixin().log
        followed = _checked(branch_task_ids)
        log.info("Following branch %s", followed)
        dag, task = ti.task.dag, ti.task
        if unknown := followed - set(dag.task_ids):
            raise AirflowException(
                f"'branch_task_ids' must contain only valid task_ids. Invalid tasks found: {unknown}."
            )
        downstream = _ensure_tasks(task.downstream_list)
        if not downstream:
            return
        # A task that joins the branches is right downstream too, and must not be skipped.
        for task_id in list(followed):
            followed.update(dag.get_task(task_id).get_flat_relative_ids(upstream=False))
        skipped = [(other.task_id, ti.map_index) for other in downstream if other.task_id not in followed]
        log.info("Skipping tasks %s", skipped)
        if skipped:
            _supervisor.skip_tasks(skipped)
        kept = [other.task_id for other in downstream if other.task_id in followed]
        ti.xcom_push(key=XCOM_SKIPMIXIN_KEY, value={XCOM_SKIPMIXIN_FOLLOWED: kept})


def _checked(branch_task_ids: Any) -> set[str]:
    if branch_task_ids is None:
        return set()
    if isinstance(branch_task_ids, str):
        return {branch_task_ids}
    if not isinstance(branch_task_ids, Iterable):
        raise AirflowException(
            "'branch_task_ids' must be either None, a task ID, or an Iterable of IDs, "
            f"but got {type(branch_task_ids).__name__!r}."
        )
    found = set(branch_task_ids)
    if wrong := {(item, type(item).__name__) for item in found if not isinstance(item, str)}:
        raise AirflowException(f"'branch_task_ids' expected all task IDs are strings. Invalid tasks found: {wrong}.")
    return found

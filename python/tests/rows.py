"""Rows of Airflow's tables, for tests of what reads the metadata database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import supervising
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.taskreschedule import TaskReschedule
from airflow.models.xcom import BaseXCom
from airflow.utils.session import create_session
from airflow.utils.timezone import parse
from pendulum import duration
from sqlalchemy import delete, insert, select


@contextlib.contextmanager
def task_instance(
    task_id: str = "t",
    *,
    state: str = "running",
    run_id: str = supervising.RUN_ID,
    date: str = "2024-01-01",
    poked: str | None = None,
) -> Iterator[None]:
    """A run of the DAG `d` and one task instance of it; with `poked`, the time of its first poke."""
    key = {"dag_id": "d", "run_id": run_id}
    start = parse(date)
    with create_session() as session:
        session.execute(
            insert(DagRun.__table__).values(
                execution_date=start,
                data_interval_start=start,
                data_interval_end=start + duration(days=1),
                start_date=start + duration(seconds=1),
                end_date=start + duration(seconds=2),
                run_type="scheduled",
                state=state,
                **key,
            )
        )
        key |= {"task_id": task_id, "map_index": -1, "try_number": 1}
        session.execute(insert(TaskInstance.__table__).values(state=state, pool="default_pool", **key))
        if poked:
            dates = dict.fromkeys(("start_date", "end_date", "reschedule_date"), parse(poked))
            session.execute(insert(TaskReschedule.__table__).values(duration=0, **dates, **key))
    try:
        yield
    finally:
        with create_session() as session:
            for table in (BaseXCom, TaskReschedule, TaskInstance, DagRun):
                session.execute(delete(table.__table__).where(table.dag_id == "d"))


@contextlib.contextmanager
def xcoms(stored: list[tuple[str, int, str, bytes]]) -> Iterator[None]:
    """XComs of the run of the DAG `d`: task id, map index, key and stored bytes."""
    key = {"dag_id": "d", "run_id": supervising.RUN_ID}
    with task_instance(), create_session() as session:
        dag_run_id = session.scalar(select(DagRun.id).where(DagRun.dag_id == "d"))
        for task_id, map_index in sorted({item[:2] for item in stored}):
            session.execute(
                insert(TaskInstance.__table__).values(
                    task_id=task_id, map_index=map_index, state="success", pool="default_pool", **key
                )
            )
        for task_id, map_index, name, value in stored:
            session.execute(
                insert(BaseXCom.__table__).values(
                    dag_run_id=dag_run_id, task_id=task_id, map_index=map_index, key=name, value=value, **key
                )
            )
        session.commit()
        yield


def states() -> dict[str, str]:
    """The stored states of the task instances of the DAG `d`."""
    with create_session() as session:
        found = session.execute(select(TaskInstance.task_id, TaskInstance.state).where(TaskInstance.dag_id == "d"))
        return dict(found.all())

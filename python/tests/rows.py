"""Rows of Airflow's tables, for tests of what reads the metadata database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import conftest
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.taskreschedule import TaskReschedule
from airflow.utils.session import create_session
from airflow.utils.timezone import parse
from pendulum import duration
from sqlalchemy import delete, insert


@contextlib.contextmanager
def task_instance(
    task_id: str = "t",
    *,
    state: str = "running",
    run_id: str = conftest.RUN_ID,
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
            for table in (TaskReschedule, TaskInstance, DagRun):
                session.execute(delete(table.__table__).where(table.dag_id == "d"))

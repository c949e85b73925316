"""The metrics that Airflow sends for a task, under their own names and with their own tags."""

from __future__ import annotations

import contextlib
from typing import Any

from airflow.metrics.base_stats_logger import NoStatsLogger
from airflow.stats import Stats
from airflow.utils.state import State


def started(ti: Any) -> None:
    if isinstance(Stats.instance, NoStatsLogger):
        return
    Stats.incr(f"ti.start.{ti.dag_id}.{ti.task_id}", tags=ti.stats_tags)
    Stats.incr("ti.start", tags=ti.stats_tags)
    # Each final state starts at zero, so that a dashboard has a series before the first failure.
    for state in State.task_states:
        Stats.incr(f"ti.finish.{ti.dag_id}.{ti.task_id}.{state}", count=0, tags=ti.stats_tags)
        Stats.incr("ti.finish", count=0, tags={**ti.stats_tags, "state": str(state)})


@contextlib.contextmanager
def timed(ti: Any) -> Any:
    with (
        Stats.timer(f"dag.{ti.dag_id}.{ti.task_id}.duration"),
        Stats.timer("task.duration", tags=ti.stats_tags),
    ):
        yield


def succeeded(ti: Any) -> None:
    _operator(ti, "operator_successes", "task_type", ti.task.task_type)
    Stats.incr("ti_successes", tags=ti.stats_tags)


def failed(ti: Any) -> None:
    _operator(ti, "operator_failures", "operator", ti.operator)
    Stats.incr("ti_failures", tags=ti.stats_tags)


def _operator(ti: Any, name: str, tag: str, operator: str) -> None:
    Stats.incr(f"{name}_{operator}", tags=ti.stats_tags)
    Stats.incr(name, tags={**ti.stats_tags, tag: operator})


def finished(ti: Any) -> None:
    Stats.incr(f"ti.finish.{ti.dag_id}.{ti.task_id}.{ti.state}", tags=ti.stats_tags)
    Stats.incr("ti.finish", tags={**ti.stats_tags, "state": str(ti.state)})

"""Refuses DAGs in which a task comes before itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.exceptions import AirflowDagCycleException

if TYPE_CHECKING:
    from airflow.models.dag import DAG


def check_cycle(dag: DAG) -> None:
    """Raises `AirflowDagCycleException` when the tasks of `dag` go round in a circle."""
    tasks = dag.task_dict
    done: set[str] = set()
    under_way: set[str] = set()
    for start in tasks:
        if start in done:
            continue
        pending = [(start, iter(tasks[start].downstream_task_ids))]
        under_way.add(start)
        while pending:
            task_id, followers = pending[-1]
            for follower in followers:
                if follower in under_way:
                    raise AirflowDagCycleException(f"Cycle detected in DAG: {dag.dag_id}. Faulty task: {task_id}")
                if follower not in done:
                    under_way.add(follower)
                    pending.append((follower, iter(tasks[follower].downstream_task_ids)))
                    break
            else:
                pending.pop()
                under_way.discard(task_id)
                done.add(task_id)


def test_cycle(dag: DAG) -> None:
    """The old name of `check_cycle`."""
    check_cycle(dag)

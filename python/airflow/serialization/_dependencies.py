"""Dependencies between DAGs that show in their definition."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from airflow.serialization._values import is_instance
from airflow.serialization.dag_dependency import DagDependency


class DependencyDetector:
    """Finds what a task or a DAG says about other DAGs and datasets."""

    @staticmethod
    def detect_task_dependencies(task: Any) -> list[DagDependency]:
        """DAGs that the task triggers or waits for, and datasets that it writes."""
        found = []
        dag_id = task.dag_id
        if is_instance(task, "airflow.operators.trigger_dagrun", "TriggerDagRunOperator"):
            found.append(DagDependency(dag_id, task.trigger_dag_id, "trigger", task.task_id))
        elif is_instance(task, "airflow.sensors.external_task", "ExternalTaskSensor"):
            found.append(DagDependency(task.external_dag_id, dag_id, "sensor", task.task_id))
        for outlet in task.outlets or ():
            found.extend(_outlet_dependencies(outlet, dag_id))
        return found

    @staticmethod
    def detect_dag_dependencies(dag: Any) -> Iterable[DagDependency]:
        """Datasets that the DAG is scheduled by."""
        if dag:
            yield from dag.timetable.dataset_condition.iter_dag_dependencies(source="", target=dag.dag_id)


def _outlet_dependencies(outlet: Any, dag_id: str) -> Iterator[DagDependency]:
    from airflow.datasets import Dataset, DatasetAlias, _DatasetAliasCondition

    if isinstance(outlet, Dataset):
        yield DagDependency(dag_id, "dataset", "dataset", outlet.uri)
    elif isinstance(outlet, DatasetAlias):
        yield from _DatasetAliasCondition(outlet.name).iter_dag_dependencies(source=dag_id, target="")


def detect_dependencies(task: Any) -> set[DagDependency]:
    """The dependencies of a task, also by `[scheduler] dependency_detector`."""
    return set(task_dependencies([task]))


def task_dependencies(tasks: Iterable[Any]) -> Iterator[DagDependency]:
    """The dependencies of several tasks, each task's once."""
    custom = _custom_detector()
    for task in tasks:
        found = DependencyDetector.detect_task_dependencies(task)
        if custom is not None and type(own := custom().detect_task_dependencies(task)) is DagDependency:
            found.append(own)
        yield from dict.fromkeys(found)


def _custom_detector() -> Any:
    """The class that is configured, if it is another one."""
    from airflow.configuration import conf

    path = conf.get("scheduler", "dependency_detector", fallback=None)
    if not path or path == "airflow.serialization.serialized_objects.DependencyDetector":
        return None
    from airflow.exceptions import RemovedInAirflow3Warning
    from airflow.utils.module_loading import import_string

    warnings.warn("[scheduler] dependency_detector is deprecated", RemovedInAirflow3Warning, stacklevel=2)
    return import_string(path)

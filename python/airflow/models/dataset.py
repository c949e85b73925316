"""Events of datasets, as tasks see them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from airflow import _supervisor


class DatasetEvent:
    """A stored event of a dataset: somebody, most often a task, has written it."""

    def __init__(
        self,
        *,
        id: int,  # noqa: A002 - Airflow's name
        uri: str,
        extra: dict[str, Any],
        source_dag_id: str | None,
        source_task_id: str | None,
        source_run_id: str | None,
        source_map_index: int | None,
        timestamp: str,
    ) -> None:
        from airflow.utils import timezone

        self.id = id
        self.uri = uri
        self.extra = extra
        self.source_dag_id = source_dag_id
        self.source_task_id = source_task_id
        self.source_run_id = source_run_id
        self.source_map_index = source_map_index
        self.timestamp = timezone.parse(timestamp)

    @property
    def dataset(self) -> Any:
        from airflow.datasets import Dataset

        return Dataset(self.uri)

    def __repr__(self) -> str:
        names = ("id", "uri", "extra", "source_task_id", "source_dag_id", "source_run_id", "source_map_index")
        return f"DatasetEvent({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


def events_of(*, uri: str | None = None, alias: str | None = None) -> list[DatasetEvent]:
    """The stored events of a dataset, or those that came through an alias."""
    return [DatasetEvent(**event) for event in _supervisor.get_dataset_events(uri=uri, alias=alias)]


def triggering_events(dag_run: Any) -> dict[str, list[Any]]:
    """The events that led to a run, by URI: none, since runs do not start by datasets yet."""
    return defaultdict(list)

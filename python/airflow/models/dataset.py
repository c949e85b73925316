"""Events of datasets, as tasks see them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow import _supervisor
from airflow.models._rows import instant


@dataclass(frozen=True)
class DatasetReference:
    """The dataset of an event."""

    uri: str
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetEvent:
    """A task or a person updated a dataset."""

    uri: str
    extra: dict[str, Any]
    timestamp: datetime | None
    source_dag_id: str | None
    source_task_id: str | None
    source_run_id: str | None
    source_map_index: int | None

    @property
    def dataset(self) -> DatasetReference:
        """What was updated."""
        return DatasetReference(self.uri)


def _event(row: dict[str, Any]) -> DatasetEvent:
    names = ("source_dag_id", "source_task_id", "source_run_id", "source_map_index")
    return DatasetEvent(
        uri=row["uri"],
        extra=row.get("extra") or {},
        timestamp=instant(row.get("timestamp")),
        **{name: row.get(name) for name in names},
    )


def events_of(*, uri: str | None = None, alias: str | None = None) -> list[DatasetEvent]:
    """The stored events of a dataset, or those that came through an alias; oldest first."""
    return [_event(row) for row in _supervisor.get_dataset_events(uri=uri, alias=alias)]


def triggering_events() -> dict[str, list[DatasetEvent]]:
    """The events that led to this run, by URI."""
    found: dict[str, list[DatasetEvent]] = defaultdict(list)
    for row in _supervisor.get_triggering_dataset_events():
        found[row["uri"]].append(_event(row))
    return found

"""Schedules that no calendar is needed for."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.datasets import DatasetAlias, _DatasetAliasCondition
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from airflow.utils import timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from airflow.datasets import BaseDataset
    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime


class _TrivialTimetable(Timetable):
    periodic = False
    run_ordering: Sequence[str] = ("execution_date",)

    def __eq__(self, other: object) -> bool:
        return True if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        return None


class NullTimetable(_TrivialTimetable):
    """`schedule=None`: somebody triggers each run."""

    can_be_scheduled = False  # type: ignore[assignment]
    description = "Never, external triggers only"

    @property
    def summary(self) -> str:
        return "None"


class OnceTimetable(_TrivialTimetable):
    """`schedule="@once"`: one run."""

    description = "Once, as soon as possible"

    @property
    def summary(self) -> str:
        return "@once"

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        start = restriction.earliest
        if last_automated_data_interval is not None or start is None:
            return None
        return None if restriction.latest is not None and start > restriction.latest else DagRunInfo.exact(start)


class ContinuousTimetable(_TrivialTimetable):
    """`schedule="@continuous"`: a run as soon as the one before has ended."""

    description = "As frequently as possible, but only one run at a time."
    active_runs_limit = 1

    @property
    def summary(self) -> str:
        return "@continuous"

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        if restriction.earliest is None:
            return None
        end = timezone.coerce_datetime(timezone.utcnow())
        if last_automated_data_interval is not None:
            start = last_automated_data_interval.end
        else:
            start = restriction.earliest
            end = max(start, end)
        return None if restriction.latest is not None and end > restriction.latest else DagRunInfo.interval(start, end)


class DatasetTriggeredTimetable(_TrivialTimetable):
    """`schedule=[dataset, …]`: a run when the datasets were updated."""

    description = "Triggered by datasets"

    def __init__(self, datasets: BaseDataset) -> None:
        if isinstance(datasets, DatasetAlias):
            datasets = _DatasetAliasCondition(datasets.name)
        self.dataset_condition = datasets
        self._summary = "Dataset" if next(datasets.iter_datasets(), False) else "Unresolved DatasetAlias"

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        from airflow.serialization.serialized_objects import decode_dataset_condition

        return cls(decode_dataset_condition(data["dataset_condition"]))

    @property
    def summary(self) -> str:
        return self._summary

    def serialize(self) -> dict[str, Any]:
        from airflow.serialization.serialized_objects import encode_dataset_condition

        return {"dataset_condition": encode_dataset_condition(self.dataset_condition)}

    def data_interval_for_events(self, logical_date: DateTime, events: Collection[Any]) -> DataInterval:
        """The interval that covers those of the runs that updated the datasets."""
        if not events:
            return DataInterval(logical_date, logical_date)
        runs = [event.source_dag_run for event in events]
        starts = [e.timestamp if run is None else run.data_interval_start for e, run in zip(events, runs)]
        ends = [e.timestamp if run is None else run.data_interval_end for e, run in zip(events, runs)]
        return DataInterval(min(starts), max(ends))

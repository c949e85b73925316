"""What a schedule is."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence

from airflow.datasets import BaseDataset

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pendulum import DateTime


class _NullDataset(BaseDataset):
    """No condition."""

    def __bool__(self) -> bool:
        return False

    def __or__(self, other: BaseDataset) -> BaseDataset:
        return NotImplemented

    def __and__(self, other: BaseDataset) -> BaseDataset:
        return NotImplemented

    def as_expression(self) -> Any:
        return None

    def evaluate(self, statuses: dict[str, bool]) -> bool:
        return False

    def iter_datasets(self) -> Iterator[Any]:
        return iter(())

    def iter_dataset_aliases(self) -> Iterator[Any]:
        return iter(())

    def iter_dag_dependencies(self, source: str, target: str) -> Iterator[Any]:  # type: ignore[override]
        return iter(())


class DataInterval(namedtuple("DataInterval", ("start", "end"))):
    """The time whose data a run works on."""

    __slots__ = ()

    @classmethod
    def exact(cls, at: DateTime) -> DataInterval:
        """A single moment."""
        return cls(start=at, end=at)


class TimeRestriction(namedtuple("TimeRestriction", ("earliest", "latest", "catchup"))):
    """The first and last logical date of a DAG, and whether runs of the past are made up for."""

    __slots__ = ()


class DagRunInfo(namedtuple("DagRunInfo", ("run_after", "data_interval"))):
    """A run that is to come: when it starts at the earliest, and its data interval."""

    __slots__ = ()

    @classmethod
    def exact(cls, at: DateTime) -> DagRunInfo:
        """A run at a moment."""
        return cls(run_after=at, data_interval=DataInterval.exact(at))

    @classmethod
    def interval(cls, start: DateTime, end: DateTime) -> DagRunInfo:
        """A run at the end of its interval."""
        return cls(run_after=end, data_interval=DataInterval(start, end))

    @property
    def logical_date(self) -> DateTime:
        return self.data_interval.start


class Timetable:
    """Derive from it and register the class in a plugin for an own kind of schedule."""

    description: str = ""
    periodic: bool = True
    _can_be_scheduled: bool = True
    run_ordering: Sequence[str] = ("data_interval_end", "execution_date")
    active_runs_limit: int | None = None
    dataset_condition: BaseDataset = _NullDataset()

    @property
    def can_be_scheduled(self) -> bool:
        """Whether there are runs that nobody triggers."""
        if hasattr(self, "can_run"):
            from airflow._deprecation import warn

            warn("can_run of a timetable is deprecated; use can_be_scheduled", DeprecationWarning)
            return self.can_run
        return self._can_be_scheduled

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable that `serialize` wrote down."""
        return cls()

    def serialize(self) -> dict[str, Any]:
        """What `deserialize` needs, as JSON."""
        return {}

    def validate(self) -> None:
        """Raises AirflowTimetableInvalid where no calendar can follow it."""

    @property
    def summary(self) -> str:
        """A few words for the web UI."""
        return type(self).__name__

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The data interval of a run that somebody triggers at this time."""
        raise NotImplementedError(f"{type(self).__name__} has no infer_manual_data_interval")

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run after the last one; None where there are no more."""
        raise NotImplementedError(f"{type(self).__name__} has no next_dagrun_info")

    def generate_run_id(
        self, *, run_type: Any, logical_date: DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        return run_type.generate_run_id(logical_date)

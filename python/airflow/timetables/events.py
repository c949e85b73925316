"""Runs at given dates."""

from __future__ import annotations

from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from airflow.utils import timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime


class EventsTimetable(Timetable):
    """A run at each of these dates.

    :param event_dates: the dates
    :param restrict_to_events: whether a run that somebody triggers is about the last event before, too
    :param presorted: whether the dates are in order already
    :param description: words for the web UI
    """

    def __init__(
        self,
        event_dates: Iterable[DateTime],
        restrict_to_events: bool = False,
        presorted: bool = False,
        description: str | None = None,
    ) -> None:
        dates = self.event_dates = list(event_dates) if presorted else sorted(event_dates)
        self.restrict_to_events = restrict_to_events
        if description is not None:
            self._summary = self.description = description
            return
        self._summary = f"{len(dates)} events"
        self.description = f"{len(dates)} events between {dates[0]} and {dates[-1]}" if dates else "No events"

    @property
    def summary(self) -> str:
        return self._summary

    def __repr__(self) -> str:
        return self.summary

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        earliest = restriction.earliest
        if not restriction.catchup:
            now = timezone.coerce_datetime(timezone.utcnow())
            earliest = now if earliest is None else max(earliest, now)
        for event in self.event_dates:
            is_past = earliest is not None and event < earliest
            is_done = last_automated_data_interval and event <= last_automated_data_interval.end
            if is_past or is_done:
                continue
            too_late = restriction.latest is not None and event > restriction.latest
            return None if too_late else DagRunInfo.exact(event)
        return None

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        if not self.restrict_to_events or not self.event_dates:
            return DataInterval.exact(run_after)
        past = [event for event in self.event_dates if event <= run_after]
        return DataInterval.exact(past[-1] if past else self.event_dates[0])

    def serialize(self) -> dict[str, Any]:
        dates = [str(event) for event in self.event_dates]
        return {"event_dates": dates, "restrict_to_events": self.restrict_to_events}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        import pendulum

        dates = [pendulum.DateTime.fromisoformat(text) for text in data["event_dates"]]
        return cls(dates, data["restrict_to_events"], presorted=True)

"""Schedules whose runs follow each other without a gap, each at the end of its data interval."""

from __future__ import annotations

import datetime

from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables._cron import CronMixin
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from airflow.utils.timezone import coerce_datetime, convert_to_utc, utcnow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime


class _DataIntervalTimetable(Timetable):
    """Subclasses say where intervals begin and end."""

    def _skip_to_latest(self, earliest: DateTime | None) -> DateTime:
        raise NotImplementedError

    def _align_to_next(self, current: DateTime) -> DateTime:
        raise NotImplementedError

    def _align_to_prev(self, current: DateTime) -> DateTime:
        raise NotImplementedError

    def _get_next(self, current: DateTime) -> DateTime:
        raise NotImplementedError

    def _get_prev(self, current: DateTime) -> DateTime:
        raise NotImplementedError

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        earliest = restriction.earliest
        if not restriction.catchup:
            earliest = self._skip_to_latest(earliest)
        elif earliest is not None:
            earliest = self._align_to_next(earliest)
        if last_automated_data_interval is None:
            start = earliest
        else:
            # The schedule may have changed since the last run.
            start = self._align_to_prev(last_automated_data_interval.end)
            if earliest is not None:
                start = max(start, earliest)
        if start is None or (restriction.latest is not None and start > restriction.latest):
            return None
        return DagRunInfo.interval(start=start, end=self._get_next(start))


class CronDataIntervalTimetable(CronMixin, _DataIntervalTimetable):
    """Intervals from one moment of a cron expression to the next."""

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        from airflow.serialization.serialized_objects import decode_timezone

        return cls(data["expression"], decode_timezone(data["timezone"]))

    def serialize(self) -> dict[str, Any]:
        from airflow.serialization.serialized_objects import encode_timezone

        return {"expression": self._expression, "timezone": encode_timezone(self._timezone)}

    def _skip_to_latest(self, earliest: DateTime | None) -> DateTime:
        """The start of the last interval that is over."""
        now = coerce_datetime(utcnow())
        last_start = self._get_prev(now)
        if self._get_next(last_start) != now:
            last_start = self._get_prev(last_start)
        return last_start if earliest is None else max(last_start, self._align_to_next(earliest))

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        end = self._align_to_prev(run_after)
        return DataInterval(start=self._get_prev(end), end=end)


class DeltaDataIntervalTimetable(_DataIntervalTimetable):
    """Intervals of one length, a timedelta or a relativedelta."""

    def __init__(self, delta: Any) -> None:
        self._delta = delta

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        from airflow.serialization.serialized_objects import decode_relativedelta

        delta = data["delta"]
        return cls(decode_relativedelta(delta) if isinstance(delta, dict) else datetime.timedelta(seconds=delta))

    def __eq__(self, other: object) -> bool:
        return self._delta == other._delta if isinstance(other, DeltaDataIntervalTimetable) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @property
    def summary(self) -> str:
        return str(self._delta)

    def serialize(self) -> dict[str, Any]:
        from airflow.serialization.serialized_objects import encode_relativedelta

        if isinstance(self._delta, datetime.timedelta):
            return {"delta": self._delta.total_seconds()}
        return {"delta": encode_relativedelta(self._delta)}

    def validate(self) -> None:
        now = datetime.datetime.now()
        if now + self._delta <= now:
            raise AirflowTimetableInvalid(f"the time between two runs has to be positive, not {self._delta!r}")

    def _get_next(self, current: DateTime) -> DateTime:
        return convert_to_utc(current + self._delta)  # type: ignore[return-value]

    def _get_prev(self, current: DateTime) -> DateTime:
        return convert_to_utc(current - self._delta)  # type: ignore[return-value]

    def _align_to_next(self, current: DateTime) -> DateTime:
        return current

    def _align_to_prev(self, current: DateTime) -> DateTime:
        return current

    def _seconds(self) -> float:
        delta = self._delta
        if isinstance(delta, datetime.timedelta):
            return delta.total_seconds()
        days = delta.years * 365 + delta.months * 30 + delta.days
        return days * 86400 + delta.hours * 3600 + delta.minutes * 60 + delta.seconds

    def _skip_to_latest(self, earliest: DateTime | None) -> DateTime:
        now = coerce_datetime(utcnow())
        seconds = now.timestamp()
        rounded = type(now).fromtimestamp(seconds - seconds % self._seconds(), tz=now.tzinfo)
        start = self._get_prev(rounded)
        return start if earliest is None else max(start, earliest)

    def infer_manual_data_interval(self, run_after: DateTime) -> DataInterval:  # type: ignore[override]
        return DataInterval(start=self._get_prev(run_after), end=run_after)

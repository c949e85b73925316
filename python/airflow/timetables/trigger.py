"""Runs at the moments of a cron expression."""

from __future__ import annotations

import datetime

from airflow.timetables._cron import CronMixin
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from airflow.utils import timezone as _timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from airflow.timetables.base import TimeRestriction
    from pendulum import DateTime


class CronTriggerTimetable(CronMixin, Timetable):
    """A run at each moment of a cron expression; unlike with an interval, its logical date is that moment.

    :param cron: the expression
    :param timezone: the time zone, or its name
    :param interval: the length of the data interval, which ends at the moment
    """

    def __init__(self, cron: str, *, timezone: Any, interval: Any = datetime.timedelta()) -> None:
        super().__init__(cron, timezone)
        self._interval = interval

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        from airflow.serialization.serialized_objects import decode_relativedelta, decode_timezone

        interval = data["interval"]
        if isinstance(interval, dict):
            interval = decode_relativedelta(interval)
        else:
            interval = datetime.timedelta(seconds=interval)
        return cls(data["expression"], timezone=decode_timezone(data["timezone"]), interval=interval)

    def serialize(self) -> dict[str, Any]:
        from airflow.serialization.serialized_objects import encode_relativedelta, encode_timezone

        if isinstance(self._interval, datetime.timedelta):
            interval: Any = self._interval.total_seconds()
        else:
            interval = encode_relativedelta(self._interval)
        return {"expression": self._expression, "timezone": encode_timezone(self._timezone), "interval": interval}

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval(run_after - self._interval, run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        after_last = None
        if last_automated_data_interval is not None:
            after_last = self._get_next(last_automated_data_interval.end)
        earliest = None if restriction.earliest is None else self._align_to_next(restriction.earliest)
        if restriction.catchup:
            moment = earliest if after_last is None else after_last
            if moment is None:
                return None
        else:
            now = self._align_to_prev(_timezone.coerce_datetime(_timezone.utcnow()))
            moment = max(date for date in (now, after_last, earliest) if date is not None)
        if restriction.latest is not None and restriction.latest < moment:
            return None
        return DagRunInfo.interval(moment - self._interval, moment)

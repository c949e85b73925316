"""Cron expressions as croniter 6, which Airflow uses, reads them.

Five columns, a sixth with seconds and a seventh with years; names, spans (also around the end), steps, `L`, `L5`,
`MON#2`, `?`. The scheduler has the same rules in Rust (`core::timetable::cron`); both are tested with the same answers
of croniter. Where it contradicts itself, the consistent answer is given.
"""

from __future__ import annotations

import calendar
import datetime
from bisect import bisect_left, bisect_right

from airflow.timetables._cron_column import DAY, HOUR, LAST_WEEK, MONTH, SECOND, WEEKDAY, YEAR, Column, CronError

__all__ = ["CronError", "CronExpression"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PRESETS = {
    "@annually": "0 0 1 1 *",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@midnight": "0 0 * * *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@yearly": "0 0 1 1 *",
}
#: Croniter gives up on a moment that is further away.
_YEARS = 50


class CronExpression:
    """Which moments an expression names, on a clock without a time zone."""

    def __init__(self, expression: str) -> None:
        self._text = expression
        lower = expression.lower()
        texts = _PRESETS.get(lower, lower).split()
        if not 5 <= len(texts) <= 7:
            raise CronError(f"the cron expression {expression!r} has {len(texts)} fields instead of 5 or 6")
        try:
            columns = [Column(position, text, len(texts)) for position, text in enumerate(texts)]
            self._nth = _nth_weekdays(columns[WEEKDAY])
        except CronError as error:
            raise CronError(f"the cron expression {expression!r} is wrong: {error}") from None
        restricting = [column if _restricts(column, texts) else None for column in columns]
        self._day, self._weekday = restricting[DAY], restricting[WEEKDAY]
        self._months = restricting[MONTH]
        self._years = restricting[YEAR] if len(columns) > YEAR else None
        self._minutes, self._hours = (
            sorted(column.values) if column else list(range(size)) for column, size in zip(restricting, (60, 24))
        )
        self.has_seconds = len(columns) > SECOND
        self._seconds = [0]
        if self.has_seconds:
            seconds = restricting[SECOND]
            self._seconds = sorted(seconds.values) if seconds else list(range(60))
        hours = columns[HOUR]
        #: Whether every hour is named: such schedules go on through the hour that a clock repeats.
        self.covers_every_hour = (hours.star and not hours.values) or hours.names_every_value()

    def next(self, after: datetime.datetime) -> datetime.datetime:
        """The first moment after this one."""
        whole = after.replace(microsecond=0)
        if self.has_seconds:
            return self._nearest(whole + datetime.timedelta(seconds=1), 1)
        return self._nearest(whole.replace(second=0) + datetime.timedelta(minutes=1), 1)

    def previous(self, before: datetime.datetime) -> datetime.datetime:
        """The last moment before this one."""
        whole = before.replace(microsecond=0)
        return self._nearest(whole if whole != before else whole - datetime.timedelta(seconds=1), -1)

    def _nearest(self, bound: datetime.datetime, step: int) -> datetime.datetime:
        if not (self._day and self._weekday):
            return self._search(bound, step, self._day, self._weekday)
        # Both are given: either is enough. Where one of them never comes, croniter finds nothing at all.
        found = (self._search(bound, step, self._day, None), self._search(bound, step, None, self._weekday))
        return min(found) if step > 0 else max(found)

    def _search(
        self, bound: datetime.datetime, step: int, day: Column | None, weekday: Column | None
    ) -> datetime.datetime:
        for date in self._dates(bound.date(), step):
            if not self._has_day(date, day, weekday):
                continue
            time = self._time(bound.time() if date == bound.date() else None, step)
            if time is not None:
                return datetime.datetime.combine(date, time)
        raise CronError(f"the cron expression {self._text!r} names no moment within {_YEARS} years of {bound}")

    def _dates(self, date: datetime.date, step: int) -> Iterator[datetime.date]:
        """The days of the months and years that are named."""
        first_year = date.year
        one_day = datetime.timedelta(days=step)
        while abs(date.year - first_year) <= _YEARS:
            named_year = self._years is None or date.year in self._years.values
            if named_year and (self._months is None or date.month in self._months.values):
                yield date
            else:
                date = date.replace(day=1 if step < 0 else calendar.monthrange(date.year, date.month)[1])
            date += one_day

    def _has_day(self, date: datetime.date, day: Column | None, weekday: Column | None) -> bool:
        length = calendar.monthrange(date.year, date.month)[1]
        if day and date.day not in day.values and not (day.last_day and date.day == length):
            return False
        name = (date.weekday() + 1) % 7
        if self._nth:
            is_last = date.day + 7 > length
            return (name, (date.day - 1) // 7 + 1) in self._nth or (is_last and (name, LAST_WEEK) in self._nth)
        return weekday is None or name in weekday.values

    def _time(self, bound: datetime.time | None, step: int) -> datetime.time | None:
        """The time of a day that is the nearest to the bound, or the outermost one."""
        outermost = 0 if step > 0 else -1
        if bound is None:
            return datetime.time(self._hours[outermost], self._minutes[outermost], self._seconds[outermost])
        if bound.hour in self._hours:
            if bound.minute in self._minutes:
                second = _from(self._seconds, bound.second, step)
                if second is not None:
                    return datetime.time(bound.hour, bound.minute, second)
            minute = _from(self._minutes, bound.minute + step, step)
            if minute is not None:
                return datetime.time(bound.hour, minute, self._seconds[outermost])
        hour = _from(self._hours, bound.hour + step, step)
        if hour is None:
            return None
        return datetime.time(hour, self._minutes[outermost], self._seconds[outermost])


def _from(values: list[int], bound: int, step: int) -> int | None:
    """The first value from the bound on, or the last one up to it."""
    position = bisect_left(values, bound) if step > 0 else bisect_right(values, bound) - 1
    return values[position] if 0 <= position < len(values) else None


def _restricts(column: Column, texts: list[str]) -> bool:
    """Whether not every value will do.

    A day column that names every day restricts while the other one has no star in its text: else that other one would
    no longer be optional.
    """
    if column.star:
        return False
    other = {DAY: WEEKDAY, WEEKDAY: DAY}.get(column.position)
    return not (column.names_every_value() and (other is None or "*" in texts[other]))


def _nth_weekdays(weekdays: Column) -> set[tuple[int, int]]:
    bound = {day for day, _ in weekdays.nth}
    if weekdays.nth and weekdays.values - bound and len(weekdays.values) + weekdays.star != 7:
        raise CronError("days of the week cannot be named both with and without their week: mon#2 and fri")
    return weekdays.nth

"""Cron expressions: five fields, or six with seconds at the end; names, ranges, steps, `L` and `#`."""

from __future__ import annotations

import calendar
import datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
#: Name, smallest and greatest value, names of values.
_FIELDS = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
    ("second", 0, 59, {}),
)
#: A date that comes up less often than the longest gap of 29 February never comes up.
_YEARS = 50


class CronError(ValueError):
    """An expression that is no cron expression."""


class CronExpression:
    """Which moments an expression names, on a clock without a time zone."""

    def __init__(self, expression: str) -> None:
        fields = expression.split()
        if len(fields) not in (5, 6):
            raise CronError(f"the cron expression {expression!r} has {len(fields)} fields instead of 5 or 6")
        self.has_seconds = len(fields) == 6
        #: `#` and `L` of the day of the week: (day, which one; 0 is the last).
        self._nth_days: set[tuple[int, int]] = set()
        self._last_day = False
        self.every = [not {"*", "?"}.isdisjoint(field.split(",")) for field in fields]
        try:
            parsed = [self._field(position, field.lower()) for position, field in enumerate(fields)]
        except CronError as error:
            raise CronError(f"the cron expression {expression!r} is wrong: {error}") from None
        self.minutes, self.hours, self.days, self.months = parsed[:4]
        self.weekdays = {day % 7 for day in parsed[4]}
        self.seconds = parsed[5] if self.has_seconds else {0}
        self._refuse_impossible_date(expression)

    def _field(self, position: int, text: str) -> set[int]:
        values: set[int] = set()
        for part in text.split(","):
            if position == 2 and part == "l":
                self._last_day = True
            elif position == 4 and ("#" in part or (part.startswith("l") and len(part) > 1)):
                self._nth_days.add(self._nth(part))
            else:
                values.update(_range(position, part))
        return values

    @staticmethod
    def _nth(part: str) -> tuple[int, int]:
        if part.startswith("l"):
            return _number(4, part[1:]) % 7, 0
        day, _, which = part.partition("#")
        if which not in ("1", "2", "3", "4", "5"):
            raise CronError(f"{part!r} has to name the first to fifth day, such as {day}#1")
        return _number(4, day) % 7, int(which)

    def _refuse_impossible_date(self, expression: str) -> None:
        if self._last_day or not self.days or not self.every[4]:
            return
        longest = max(29 if month == 2 else calendar.monthrange(2023, month)[1] for month in self.months)
        if min(self.days) > longest:
            raise CronError(f"the cron expression {expression!r} names a day that none of its months has")

    def _has_day(self, year: int, month: int, day: int) -> bool:
        length = calendar.monthrange(year, month)[1]
        by_date = day in self.days or (self._last_day and day == length)
        weekday = (calendar.weekday(year, month, day) + 1) % 7
        by_weekday = weekday in self.weekdays or any(
            weekday == named and (day + 7 > length if which == 0 else (day - 1) // 7 + 1 == which)
            for named, which in self._nth_days
        )
        if self.every[2]:
            return by_weekday
        if self.every[4]:
            return by_date
        # Both are given: either is enough, as in cron.
        return by_date or by_weekday

    def next(self, after: datetime.datetime) -> datetime.datetime:
        """The first moment after this one."""
        return self._search(after, 1)

    def previous(self, before: datetime.datetime) -> datetime.datetime:
        """The last moment before this one."""
        return self._search(before, -1)

    def _search(self, start: datetime.datetime, step: int) -> datetime.datetime:
        for date in self._dates(start.date(), step):
            for time in self._times(step):
                moment = datetime.datetime.combine(date, time)
                if (moment > start) if step > 0 else (moment < start):
                    return moment
        raise CronError(f"no date within {_YEARS} years fits the cron expression")

    def _dates(self, date: datetime.date, step: int) -> Iterator[datetime.date]:
        last_year = date.year + step * _YEARS
        one_day = datetime.timedelta(days=step)
        while (date.year - last_year) * step < 0:
            if date.month not in self.months:
                date = _next_month(date, step)
            else:
                if self._has_day(date.year, date.month, date.day):
                    yield date
                date += one_day

    def _times(self, step: int) -> Iterator[datetime.time]:
        for hour in sorted(self.hours, reverse=step < 0):
            for minute in sorted(self.minutes, reverse=step < 0):
                for second in sorted(self.seconds, reverse=step < 0):
                    yield datetime.time(hour, minute, second)


def _next_month(date: datetime.date, step: int) -> datetime.date:
    first = date.replace(day=1)
    if step > 0:
        return (first + datetime.timedelta(days=31)).replace(day=1)
    return first - datetime.timedelta(days=1)


def _number(position: int, text: str) -> int:
    name, smallest, greatest, names = _FIELDS[position]
    value = names.get(text, text)
    if isinstance(value, str):
        if not value.isdigit():
            raise CronError(f"{text!r} is no {name}")
        value = int(value)
    if not smallest <= value <= greatest:
        raise CronError(f"the {name} has to be from {smallest} to {greatest}, not {value}")
    return value


def _range(position: int, part: str) -> set[int]:
    name, smallest, greatest, _ = _FIELDS[position]
    # Sunday is 0 and 7.
    greatest = 6 if position == 4 else greatest
    span, has_step, step = part.partition("/")
    if has_step and (not step.isdigit() or int(step) == 0):
        raise CronError(f"the step in {part!r} has to be a whole number from 1")
    if span in ("*", "?"):
        first, last = smallest, greatest
    elif "-" in span[1:]:
        begin, _, end = span.partition("-")
        first, last = _number(position, begin), _number(position, end)
        if first > last and position == 4 and last == 0:
            last = 7
    else:
        first = _number(position, span)
        last = greatest if has_step else first
    if first == last and (has_step or "-" in span[1:]):
        # Once around, as croniter has it.
        first, last = smallest, greatest
    every = int(step) if has_step else 1
    if first <= last:
        return set(range(first, last + 1, every))
    # Around the end: 22-3.
    size = greatest - smallest + 1
    return {smallest + (value - smallest) % size for value in range(first, last + size + 1, every)}

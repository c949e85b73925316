"""Days of the week by name."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any


@enum.unique
class WeekDay(enum.IntEnum):
    """A day of the week with its ISO number."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7

    @classmethod
    def get_weekday_number(cls, week_day_str: str) -> WeekDay:
        """The day with this English name, in any case."""
        name = week_day_str.upper()
        if name not in cls.__members__:
            raise AttributeError(f'Invalid Week Day passed: "{week_day_str}"')
        return cls[name]

    @classmethod
    def convert(cls, day: str | WeekDay) -> int:
        """The ISO number of a day."""
        return day if isinstance(day, WeekDay) else cls.get_weekday_number(day)

    @classmethod
    def validate_week_day(cls, week_day: Any) -> set[int]:
        """The ISO numbers of one day or several."""
        if isinstance(week_day, (str, WeekDay)):
            week_day = {week_day}
        elif not isinstance(week_day, Iterable):
            raise TypeError(
                f"week_day has to be the name of a day, a WeekDay or a collection of such, not a {type(week_day)}"
            )
        return {cls.convert(item) for item in week_day}

"""Cron expressions in words, for the common ones."""

from __future__ import annotations

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)


def describe(expression: str) -> str:
    """Words such as "At 03:15, only on Monday"; empty for what is more special."""
    fields = expression.split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    parts = [_time(minute, hour), _day(day), _weekday(weekday), _month(month)]
    return "" if None in parts else "".join(parts)  # type: ignore[arg-type]


def _step(field: str) -> int | None:
    """The n of `*/n`."""
    return int(field[2:]) if field.startswith("*/") and field[2:].isdigit() and int(field[2:]) > 1 else None


def _time(minute: str, hour: str) -> str | None:
    hours, minutes = _step(hour), _step(minute)
    if minute.isdigit() and hour.isdigit():
        return f"At {int(hour):02}:{int(minute):02}"
    if minute.isdigit() and (hour == "*" or hours):
        every = f"every {hours} hours" if hours else "every hour"
        if int(minute) == 0:
            return every.capitalize()
        return f"At {int(minute)} minutes past the hour" + (f", {every}" if hours else "")
    if hour != "*":
        return None
    if minute == "*":
        return "Every minute"
    return f"Every {minutes} minutes" if minutes else None


def _day(day: str) -> str | None:
    if day == "*":
        return ""
    return f", on day {int(day)} of the month" if day.isdigit() else None


def _weekday(weekday: str) -> str | None:
    if weekday == "*":
        return ""
    if weekday.isdigit():
        return f", only on {_DAYS[int(weekday) % 7]}"
    first, _, last = weekday.partition("-")
    if first.isdigit() and last.isdigit():
        return f", {_DAYS[int(first) % 7]} through {_DAYS[int(last) % 7]}"
    return None


def _month(month: str) -> str | None:
    if month == "*":
        return ""
    if month.isdigit():
        return f", only in {_MONTHS[int(month) - 1]}" if 1 <= int(month) <= 12 else None
    return f", every {_step(month)} months" if _step(month) else None

"""Cron expressions in words, as the web UI shows them."""

from __future__ import annotations

import re

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = "January February March April May June July August September October November December".split()
_COUNTED = ("", "first", "second", "third", "fourth", "fifth")

_LIST = re.compile(r"\d+(,\d+)*\Z")
_RANGE = re.compile(r"(\d+)-(\d+)\Z")


class _Special(Exception):
    """An expression for which there are no words here."""


def describe(expression: str) -> str:
    """Words such as "At 03:15, only on Monday"; empty for what is too special."""
    fields = expression.upper().replace("?", "*").split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    weekday = _numbers(weekday, _DAYS, 0)
    month = _numbers(month, _MONTHS, 1)
    try:
        parts = [_time(minute, hour), _day(day), _weekday(weekday), _month(month)]
    except (_Special, IndexError):
        return ""
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def _numbers(field: str, names: object, first: int) -> str:
    for number, name in enumerate(names, first):  # type: ignore[arg-type,var-annotated]
        field = field.replace(name[:3].upper(), str(number))
    return field


def _step(field: str) -> int:
    """The n of `*/n`; 1 for `*`, 0 for anything else."""
    if field == "*":
        return 1
    return int(field[2:]) if field.startswith("*/") and field[2:].isdigit() else 0


def _joined(words: list[str]) -> str:
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _time(minute: str, hour: str) -> str:
    if minute.isdigit() and _LIST.match(hour):
        return "at " + _joined([f"{int(one):02}:{int(minute):02}" for one in hour.split(",")])
    if minute == "0" and _step(hour) == 1:
        return "every hour"
    return ", ".join(part for part in (_minutes(minute), _hours(hour)) if part)


def _minutes(minute: str) -> str:
    if step := _step(minute):
        return "every minute" if step == 1 else f"every {step} minutes"
    if minute == "0":
        return ""
    if _LIST.match(minute):
        return f"at {_joined([str(int(one)) for one in minute.split(',')])} minutes past the hour"
    if match := _RANGE.match(minute):
        return f"minutes {int(match[1]):02} through {int(match[2]):02} past the hour"
    raise _Special(minute)


def _hours(hour: str) -> str:
    if step := _step(hour):
        return "" if step == 1 else f"every {step} hours"
    if _LIST.match(hour):
        return "at " + _joined([f"{int(one):02}:00" for one in hour.split(",")])
    span, _, step_text = hour.partition("/")
    if (match := _RANGE.match(span)) and (step_text.isdigit() or not step_text):
        every = f"every {int(step_text)} hours, " if step_text else ""
        return f"{every}between {int(match[1]):02}:00 and {int(match[2]):02}:59"
    raise _Special(hour)


def _day(day: str) -> str:
    if step := _step(day):
        return "" if step == 1 else f"every {step} days"
    if day == "L":
        return "on the last day of the month"
    if _LIST.match(day):
        return f"on day {_joined([str(int(one)) for one in day.split(',')])} of the month"
    if match := _RANGE.match(day):
        return f"between day {int(match[1])} and {int(match[2])} of the month"
    raise _Special(day)


def _weekday(weekday: str) -> str:
    if weekday == "*":
        return ""
    if _LIST.match(weekday):
        return "only on " + _joined([_DAYS[int(one) % 7] for one in weekday.split(",")])
    if match := _RANGE.match(weekday):
        return f"{_DAYS[int(match[1]) % 7]} through {_DAYS[int(match[2]) % 7]}"
    if match := re.match(r"(\d)#([1-5])\Z", weekday):
        return f"on the {_COUNTED[int(match[2])]} {_DAYS[int(match[1]) % 7]} of the month"
    if match := re.match(r"(\d)L\Z", weekday):
        return f"on the last {_DAYS[int(match[1]) % 7]} of the month"
    raise _Special(weekday)


def _month(month: str) -> str:
    if step := _step(month):
        return "" if step == 1 else f"every {step} months"
    if _LIST.match(month):
        return "only in " + _joined([_MONTHS[int(one) - 1] for one in month.split(",")])
    if match := _RANGE.match(month):
        return f"{_MONTHS[int(match[1]) - 1]} through {_MONTHS[int(match[2]) - 1]}"
    raise _Special(month)

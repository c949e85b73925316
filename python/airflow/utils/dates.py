"""Presets of schedules, and older functions on dates."""

from __future__ import annotations

import datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

cron_presets: dict[str, str] = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}


def days_ago(n: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0) -> datetime.datetime:
    """Deprecated: midnight some days ago. A start date that moves makes runs come and go."""
    from airflow._deprecation import warn
    from airflow.utils import timezone

    warn("days_ago is deprecated; use a fixed date, such as pendulum.datetime(2024, 1, 1, tz='UTC')")
    today = timezone.utcnow().replace(hour=hour, minute=minute, second=second, microsecond=microsecond)
    return today - datetime.timedelta(days=n)


def parse_execution_date(execution_date_str: str) -> Any:
    """A date from its text."""
    from airflow.utils import timezone

    return timezone.parse(execution_date_str)


def round_time(dt: datetime.datetime, delta: Any, start_date: datetime.datetime | None = None) -> datetime.datetime:
    """The date of the grid `start_date + n * delta`, or of a cron expression, that is nearest."""
    from airflow.utils import timezone

    start = start_date or timezone.make_aware(datetime.datetime.min)
    if isinstance(delta, str):
        from airflow.timetables._cron_expression import CronExpression

        cron = CronExpression(cron_presets.get(delta, delta))
        following = cron.next(start.replace(tzinfo=None))
        is_on_grid = cron.previous(following) == start.replace(tzinfo=None)
        return start if is_on_grid else following.replace(tzinfo=start.tzinfo)
    before = start + ((dt - start) // delta) * delta
    return before if dt - before < (before + delta) - dt else before + delta


def infer_time_unit(time_seconds_arr: Any) -> str:
    """The unit in which these lengths of time are best shown."""
    if len(time_seconds_arr) == 0:
        return "hours"
    longest = max(time_seconds_arr)
    for limit, unit in ((60 * 2, "seconds"), (60 * 60 * 2, "minutes"), (24 * 60 * 60 * 2, "hours")):
        if longest <= limit:
            return unit
    return "days"


def scale_time_units(time_seconds_arr: Any, unit: str) -> Any:
    """Seconds in another unit."""
    divisor = {"minutes": 60, "hours": 60 * 60, "days": 24 * 60 * 60}.get(unit)
    return [seconds / divisor for seconds in time_seconds_arr] if divisor else time_seconds_arr


def date_range(
    start_date: datetime.datetime,
    end_date: datetime.datetime | None = None,
    num: int | None = None,
    delta: Any = None,
) -> list[datetime.datetime]:
    """Deprecated: dates from a start, a cron expression or timedelta apart."""
    from airflow._deprecation import warn
    from airflow.utils import timezone

    warn("airflow.utils.dates.date_range is deprecated; use pendulum.interval or a timetable")
    if not delta:
        return []
    if end_date and num:
        raise ValueError("date_range takes end_date or num, not both")
    if not end_date and not num:
        end_date = timezone.utcnow()
    current: Any = start_date
    step = _step(delta)
    dates: list[datetime.datetime] = []
    if isinstance(delta, str):
        current = step(current - datetime.timedelta(microseconds=1), 1)
    direction = -1 if num and num < 0 else 1
    while (current <= end_date) if end_date else (len(dates) < abs(num or 0)):
        dates.append(current if timezone.is_localized(current) else timezone.make_aware(current))
        current = step(current, direction)
    return sorted(dates)


def _step(delta: Any) -> Any:
    if not isinstance(delta, str):
        return lambda date, direction: date + delta * direction
    from airflow.timetables._cron_expression import CronExpression

    cron = CronExpression(cron_presets.get(delta, delta))

    def step(date: datetime.datetime, direction: int) -> datetime.datetime:
        naive = date.replace(tzinfo=None)
        return (cron.next(naive) if direction > 0 else cron.previous(naive)).replace(tzinfo=date.tzinfo)

    return step

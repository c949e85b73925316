"""Dates with time zones. pendulum is imported with the first date, not with this module."""

from __future__ import annotations

import datetime as dt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pendulum import DateTime
    from pendulum.tz.timezone import FixedTimezone, Timezone

    utc: Timezone


def __getattr__(name: str) -> Any:
    import pendulum

    if name == "utc":
        value: Any = pendulum.timezone("UTC")
    elif name in ("pendulum", "DateTime"):
        value = pendulum if name == "pendulum" else pendulum.DateTime
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _utc() -> Timezone:
    return globals().get("utc") or __getattr__("utc")


def _default() -> Any:
    from airflow import settings

    return settings.TIMEZONE


def is_localized(value: dt.datetime) -> bool:
    return value.utcoffset() is not None


def is_naive(value: dt.datetime) -> bool:
    return value.utcoffset() is None


def utcnow() -> dt.datetime:
    """Now, in UTC."""
    return dt.datetime.now(tz=_utc())


def utc_epoch() -> dt.datetime:
    """1970-01-01, in UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=_utc())


def convert_to_utc(value: dt.datetime | None) -> DateTime | None:
    """The same moment in UTC; a naive date is one of the deployment's default time zone."""
    if value is None:
        return None
    import pendulum

    if not is_localized(value):
        value = pendulum.instance(value, _default())
    return pendulum.instance(value.astimezone(_utc()))


def make_aware(value: dt.datetime | None, timezone: dt.tzinfo | None = None) -> Any:
    """Gives a naive date a time zone: the deployment's, unless another is named."""
    if not value:
        return None
    if is_localized(value):
        raise ValueError(f"make_aware takes a date without a time zone, not {value}")
    timezone = _default() if timezone is None else timezone
    # A moment that the clock shows twice is the second of the two.
    value = value.replace(fold=1)
    for name in ("localize", "convert"):
        convert = getattr(timezone, name, None)
        if convert is not None:
            return convert(value)
    return value.replace(tzinfo=timezone)


def make_naive(value: dt.datetime, timezone: dt.tzinfo | None = None) -> dt.datetime:
    """What a clock in that time zone shows."""
    if is_naive(value):
        raise ValueError("make_naive takes a date with a time zone")
    local = value.astimezone(_default() if timezone is None else timezone)
    # Python's own type: between pendulum's, a difference is one of clocks, not of time.
    return dt.datetime(*local.timetuple()[:6], local.microsecond)


def datetime(*args: Any, **kwargs: Any) -> dt.datetime:
    """`datetime.datetime` in the deployment's time zone."""
    if "tzinfo" not in kwargs:
        kwargs["tzinfo"] = _default()
    return dt.datetime(*args, **kwargs)


def parse(string: str, timezone: Any = None, *, strict: bool = False) -> DateTime:
    """A date from its text."""
    import pendulum

    return pendulum.parse(string, tz=timezone or _default(), strict=strict)  # type: ignore[return-value]


def coerce_datetime(v: dt.datetime | None, tz: dt.tzinfo | None = None) -> DateTime | None:
    """The date as pendulum's type, with a time zone."""
    if v is None:
        return None
    import pendulum

    if isinstance(v, pendulum.DateTime):
        return v if v.tzinfo else make_aware(v, tz)
    return pendulum.instance(v if v.tzinfo else make_aware(v, tz))


def td_format(td_object: None | dt.timedelta | float | int) -> str | None:
    """A length of time in few letters, such as `2d:3h`."""
    if not td_object:
        return None
    seconds = int(td_object.total_seconds() if isinstance(td_object, dt.timedelta) else td_object)
    days, seconds = divmod(seconds, 86400)
    months, days = divmod(days, 30)
    years, months = divmod(months, 12)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    parts = ((years, "y"), (months, "m"), (days, "d"), (hours, "h"), (minutes, "M"), (seconds, "s"))
    return ":".join(f"{count}{letter}" for count, letter in parts if count > 0) or "<1s"


def parse_timezone(name: str | int) -> FixedTimezone | Timezone:
    """A time zone from its name or from its offset in seconds."""
    import pendulum

    return pendulum.timezone(name)


def local_timezone() -> FixedTimezone | Timezone:
    """The time zone of this machine."""
    import pendulum

    return pendulum.tz.local_timezone()


def from_timestamp(timestamp: int | float, tz: Any = None) -> DateTime:
    """A date from seconds since 1970."""
    import pendulum

    return pendulum.from_timestamp(timestamp, tz=_utc() if tz is None else tz)

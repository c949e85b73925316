"""Time zones and calendar spans as JSON, and back."""

from __future__ import annotations

import datetime
from typing import Any


def encode_timezone(var: Any) -> str | int:
    """The name of a time zone, or its offset in seconds; UTC is always "UTC"."""
    offset = getattr(var, "offset", None)
    if isinstance(offset, int):
        return offset or "UTC"
    if var is datetime.timezone.utc:
        return "UTC"
    name = getattr(var, "name", None) or getattr(var, "key", None)
    if isinstance(name, str):
        return name
    raise ValueError(
        f"the time zone of a DAG is one of pendulum's, such as pendulum.timezone('Asia/Seoul'), not {var!r}"
    )


def decode_timezone(var: str | int) -> Any:
    """The time zone that `encode_timezone` wrote down."""
    from airflow.utils.timezone import parse_timezone

    return parse_timezone(var)


def encode_relativedelta(var: Any) -> dict[str, Any]:
    """What is not zero in a `relativedelta`; a weekday as `[day]` or `[day, which one]`."""
    encoded = {key: value for key, value in vars(var).items() if value and not key.startswith("_")}
    weekday = var.weekday
    if weekday:
        encoded["weekday"] = [weekday.weekday, weekday.n] if weekday.n else [weekday.weekday]
    return encoded


def decode_relativedelta(var: dict[str, Any]) -> Any:
    """The `relativedelta` that `encode_relativedelta` wrote down."""
    from dateutil.relativedelta import relativedelta, weekday

    if "weekday" in var:
        var = {**var, "weekday": weekday(*var["weekday"])}
    return relativedelta(**var)

"""Formats of text that JSON schemas of Params may ask for: those that Airflow checks. Any text has any other format."""

from __future__ import annotations

import datetime
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def has_format(value: str, name: Any) -> bool:
    """Whether the text is of that format."""
    check = _FORMATS.get(name) if isinstance(name, str) else None
    return check is None or check(value)


def _is_date(value: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def _is_date_time(value: str) -> bool:
    # RFC 3339, with an offset.
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value)
    if match is None or not _is_date(match[1]):
        return False
    hours, minutes, seconds = map(int, match[2].split(":"))
    return hours < 24 and minutes < 60 and seconds < 60


def _is_time(value: str) -> bool:
    try:
        datetime.datetime.strptime(value, "%H:%M:%S")
    except ValueError:
        return False
    return True


def _is_ip(version: int) -> Any:
    def check(value: str) -> bool:
        import ipaddress

        try:
            return ipaddress.ip_address(value).version == version and "%" not in value
        except ValueError:
            return False

    return check


def _is_regex(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_uuid(value: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None


_FORMATS: dict[Any, Any] = {
    "date": _is_date,
    "date-time": _is_date_time,
    "time": _is_time,
    "email": lambda value: "@" in value,
    "idn-email": lambda value: "@" in value,
    "ipv4": _is_ip(4),
    "ipv6": _is_ip(6),
    "regex": _is_regex,
    "uuid": _is_uuid,
}

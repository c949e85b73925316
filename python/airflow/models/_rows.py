"""Rows of the metadata database as objects: attributes by column name, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow.utils import timezone

_TIMES = frozenset(
    {
        "data_interval_end",
        "data_interval_start",
        "end_date",
        "execution_date",
        "last_scheduling_decision",
        "queued_at",
        "queued_dttm",
        "start_date",
        "trigger_timeout",
        "updated_at",
    }
)


def instant(text: Any) -> Any:
    """A point in time from its text in a row; anything else as it is."""
    if not isinstance(text, str):
        return text
    value = datetime.fromisoformat(text)
    return value if value.tzinfo is None else value.astimezone(timezone.utc)


def fill(target: Any, columns: tuple[str, ...], row: Mapping[str, Any]) -> None:
    """Sets an attribute for each of `columns`; what the row lacks is None."""
    attributes = target.__dict__
    for name in columns:
        value = row.get(name)
        attributes[name] = instant(value) if name in _TIMES else value

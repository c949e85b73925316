"""What templates find under `macros`."""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime, timedelta
from random import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "datetime",
    "datetime_diff_for_humans",
    "dateutil",
    "ds_add",
    "ds_format",
    "ds_format_locale",
    "json",
    "random",
    "time",
    "timedelta",
    "uuid",
    "yaml",
]


def __getattr__(name: str) -> Any:
    if name == "dateutil":
        import dateutil.parser
        import dateutil.relativedelta
        import dateutil.tz

        value: Any = dateutil
    elif name == "yaml":
        try:
            import yaml as value
        except ImportError:
            raise AttributeError("macros.yaml needs the package PyYAML: pip install pyyaml") from None
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def ds_add(ds: str, days: int) -> str:
    """A day some days after (or before) another: `ds_add("2024-01-01", 5)` is 2024-01-06."""
    if not days:
        return str(ds)
    return (datetime.strptime(str(ds), "%Y-%m-%d") + timedelta(days=days)).strftime("%Y-%m-%d")


def ds_format(ds: str, input_format: str, output_format: str) -> str:
    """A date in another form: `ds_format("2024-01-31", "%Y-%m-%d", "%d.%m.%y")` is 31.01.24."""
    return datetime.strptime(str(ds), input_format).strftime(output_format)


def ds_format_locale(ds: str, input_format: str, output_format: str, locale: Any = None) -> str:
    """A date in the words of a language; needs the package Babel."""
    from babel import Locale
    from babel.dates import LC_TIME, format_datetime

    date = datetime.strptime(str(ds), input_format)
    return format_datetime(date, format=output_format, locale=locale or LC_TIME or Locale("en_US"))


def datetime_diff_for_humans(dt: Any, since: Any = None) -> str:
    """The time between two dates in words, such as "2 days ago"."""
    import pendulum

    return pendulum.instance(dt).diff_for_humans(since)

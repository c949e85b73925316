"""The time of a log line, with the offset from UTC."""

from __future__ import annotations

import logging
from datetime import datetime


class TimezoneAware(logging.Formatter):
    """Formats the time as ``2024-01-01T14:48:31.163+0000``."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03d"
    default_tz_format = "%z"

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        instant = datetime.fromtimestamp(record.created).astimezone()
        text = instant.strftime(datefmt or self.default_time_format)
        if self.default_msec_format:
            text = self.default_msec_format % (text, record.msecs)
        if self.default_tz_format:
            text += instant.strftime(self.default_tz_format)
        return text

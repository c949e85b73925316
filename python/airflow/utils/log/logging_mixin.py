"""A logger for every object, and streams that write to a logger."""

from __future__ import annotations

import enum
import io
import logging
import re
import sys
from typing import Any

from airflow.utils.log._mixin import LoggingMixin as LoggingMixin

_ESCAPE_CODE = re.compile(r"\x1B[@-_][0-?]*[ -/]*[@-~]")


class SetContextPropagate(enum.Enum):
    """What a handler's `set_context` may answer."""

    #: The logger keeps passing its records on.
    MAINTAIN_PROPAGATE = "maintain"
    DISABLE_PROPAGATE = "disable"


def remove_escape_codes(text: str) -> str:
    """Text without the codes that colour it on a terminal."""
    return _ESCAPE_CODE.sub("", text) if "\x1b" in text else text


class ExternalLoggingMixin:
    """What a task handler of a log service offers to the web server."""

    @property
    def log_name(self) -> str:
        raise NotImplementedError

    def get_external_log_url(self, task_instance: Any, try_number: int) -> str:
        raise NotImplementedError

    @property
    def supports_external_link(self) -> bool:
        raise NotImplementedError


#: Where a line that a task printed comes from, by the log. Filters of log collectors know Airflow's
#: own name and line.
_STREAM_ORIGIN = ("logging_mixin.py", 190)


class StreamLogWriter(io.IOBase):
    """A text stream each of whose lines becomes a log record."""

    encoding = None

    def __init__(self, logger: logging.Logger, level: int) -> None:
        self.logger = logger
        self.level = level
        self._buffer = ""

    def close(self) -> None:
        """Does nothing: the stream lives as long as its logger."""

    @property
    def closed(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def write(self, message: str) -> int:
        if message.endswith("\n"):
            self._buffer += message.rstrip()
            self.flush()
        else:
            self._buffer += message
        return len(message)

    def flush(self) -> None:
        text, self._buffer = self._buffer, ""
        if not text.isascii():
            # A lone surrogate is an error where it is printed, as on any UTF-8 terminal.
            text.encode()
        if text and self.logger.isEnabledFor(self.level):
            file, line = _STREAM_ORIGIN
            record = self.logger.makeRecord(
                self.logger.name, self.level, file, line, remove_escape_codes(text), (), None
            )
            self.logger.handle(record)

    def isatty(self) -> bool:
        return False


class RedirectStdHandler(logging.StreamHandler):
    """Writes to whatever `sys.stdout` or `sys.stderr` is at the moment."""

    def __init__(self, stream: str) -> None:
        if not isinstance(stream, str):
            raise TypeError("name the stream, 'stdout' or 'stderr', instead of passing a file")
        self._use_stderr = "stdout" not in stream
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr if self._use_stderr else sys.stdout

    @stream.setter
    def stream(self, value: Any) -> None:
        raise AttributeError("the stream is the process's own at each moment")


def set_context(logger: logging.Logger | None, value: Any) -> None:
    """Tells the handlers of `logger` and its parents which task instance they log for."""
    while logger is not None:
        passes_on = logger.propagate
        for handler in logger.handlers:
            if hasattr(handler, "set_context"):
                answer = handler.set_context(value)
                if answer is not SetContextPropagate.MAINTAIN_PROPAGATE:
                    logger.propagate = False
        logger = logger.parent if passes_on else None

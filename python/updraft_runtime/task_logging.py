"""Sends what a try logs and prints into its log file, in the installation's own line format.

The supervisor opens the file; this process only appends whole lines to the inherited descriptor,
so lines of the supervisor and of the child never mix within a line.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from airflow import settings
from airflow.utils.log.file_task_handler import FileTaskHandler
from airflow.utils.log.logging_mixin import StreamLogWriter
from airflow.utils.log.timezone_aware import TimezoneAware

TASK_LOGGER = "airflow.task"


class DescriptorHandler(logging.Handler):
    """Writes each record with one `write` to a descriptor that was opened with O_APPEND."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record) + "\n"
            # A lone surrogate cannot be UTF-8; it is shown escaped instead of losing the line.
            data = memoryview(line.encode("utf-8", "backslashreplace"))
            while data:
                data = data[os.write(self.descriptor, data) :]
        except Exception:  # noqa: BLE001 - logging's contract: a handler never raises
            self.handleError(record)


def attach(log_fd: int) -> None:
    """Gives every logger's records to the task log, as `airflow tasks run --raw` does.

    Airflow's file handler is replaced by one for `log_fd` with the same formatter, filters (the
    secrets masker among them) and level. Handlers of another kind that the user configured for
    the task logger stay.
    """
    settings.MASK_SECRETS_IN_LOGS = True
    task_logger = logging.getLogger(TASK_LOGGER)
    handlers = [
        _replace(configured, log_fd) if isinstance(configured, FileTaskHandler) else configured
        for configured in task_logger.handlers
    ]
    if not handlers:
        return
    task_logger.handlers[:] = handlers
    if settings.DONOT_MODIFY_HANDLERS:
        return
    root = logging.getLogger()
    root.handlers[:] = handlers
    if root.level != task_logger.level:
        # Walks all loggers there are.
        root.setLevel(task_logger.level)
    task_logger.handlers[:] = []
    task_logger.propagate = True


def set_context(ti: Any) -> None:
    """Tells the handlers that the user configured which task instance they log for."""
    for handler in (*logging.getLogger().handlers, *logging.getLogger(TASK_LOGGER).handlers):
        if hasattr(handler, "set_context"):
            handler.set_context(ti)


class _QuickTime(TimezoneAware):
    """Airflow's formatter with the same text for an instant, without its dozen pendulum objects."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        instant = datetime.fromtimestamp(record.created).astimezone()
        text = instant.strftime(datefmt or self.default_time_format)
        if self.default_msec_format:
            text = self.default_msec_format % (text, record.msecs)
        if self.default_tz_format:
            text += instant.strftime(self.default_tz_format)
        return text


def _quick(formatter: logging.Formatter | None) -> logging.Formatter | None:
    if type(formatter) is not TimezoneAware:
        return formatter
    quick = _QuickTime.__new__(_QuickTime)
    quick.__dict__.update(formatter.__dict__)
    return quick


def _replace(configured: FileTaskHandler, log_fd: int) -> logging.Handler:
    handler = DescriptorHandler(log_fd)
    handler.setFormatter(_quick(configured.formatter))
    handler.setLevel(configured.level)
    handler.filters[:] = configured.filters
    handler.name = configured.name
    return handler


@contextlib.contextmanager
def redirected_output(logger: logging.Logger) -> Iterator[None]:
    """`print` and the like become log lines: INFO for stdout, WARNING for stderr."""
    with (
        contextlib.redirect_stdout(StreamLogWriter(logger, logging.INFO)),
        contextlib.redirect_stderr(StreamLogWriter(logger, logging.WARNING)),
    ):
        try:
            yield
        finally:
            # The last line may lack its newline; user code may have replaced the streams.
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()

"""The task log with stock Airflow: handlers, formats and filters are those of its logging configuration."""

from __future__ import annotations

import logging
from datetime import datetime

from airflow import settings
from airflow.utils.log.file_task_handler import FileTaskHandler
from airflow.utils.log.timezone_aware import TimezoneAware

from updraft_runtime.task_logging import TASK_LOGGER, DescriptorHandler


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


#: Made by the rehearsal already: making one costs more than to aim it at another file.
_replacements: dict[FileTaskHandler, tuple[logging.Formatter | None, DescriptorHandler]] = {}


def _replace(configured: FileTaskHandler, log_fd: int) -> logging.Handler:
    formatter, handler = _replacements.get(configured, (None, None))
    if handler is None or formatter is not configured.formatter:
        handler = DescriptorHandler(log_fd)
        handler.setFormatter(_quick(configured.formatter))
        handler.name = configured.name
        _replacements[configured] = configured.formatter, handler
    handler.descriptor = log_fd
    handler.level = configured.level
    handler.filters[:] = configured.filters
    return handler

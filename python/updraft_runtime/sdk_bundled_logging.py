"""The task log with the bundled API: one handler for all loggers, in the configured format."""

from __future__ import annotations

import functools
import logging
from typing import Any

from airflow.configuration import conf
from airflow.utils.log.secrets_masker import _secrets_masker, redact
from airflow.utils.log.timezone_aware import TimezoneAware

from updraft_runtime.task_logging import TASK_LOGGER, DescriptorHandler

DEFAULT_FORMAT = "[%(asctime)s] {%(filename)s:%(lineno)d} %(levelname)s - %(message)s"


def attach(log_fd: int) -> None:
    """Gives every logger's records to the task log. Handlers of the user on the task logger stay."""
    handler = _handler()
    handler.descriptor = log_fd
    root, task_logger = logging.getLogger(), logging.getLogger(TASK_LOGGER)
    root.handlers[:] = [handler, *task_logger.handlers]
    task_logger.handlers[:] = []
    task_logger.propagate = True
    level = _level()
    if root.level != level:
        # Walks all loggers there are.
        root.setLevel(level)


class _Formatter(TimezoneAware):
    """Masks secrets in the source lines of a traceback as well; the filter sees what was logged only."""

    def formatException(self, ei: Any) -> str:
        return str(redact(super().formatException(ei)))


@functools.cache
def _handler() -> DescriptorHandler:
    """Made by the rehearsal already: making one costs more than to aim it at another file."""
    handler = DescriptorHandler(-1)
    handler.setFormatter(_formatter())
    handler.addFilter(_secrets_masker())
    return handler


def _formatter() -> logging.Formatter:
    return _Formatter(conf.get("logging", "log_format", fallback=DEFAULT_FORMAT) or DEFAULT_FORMAT)


@functools.cache
def _level() -> int:
    name = str(conf.get("logging", "logging_level", fallback="INFO")).upper()
    level = logging.getLevelName(name)
    return level if isinstance(level, int) else logging.INFO

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
from typing import Any

from airflow.utils.log.logging_mixin import StreamLogWriter

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


def set_context(ti: Any) -> None:
    """Tells the handlers that the user configured which task instance they log for."""
    for handler in (*logging.getLogger().handlers, *logging.getLogger(TASK_LOGGER).handlers):
        if hasattr(handler, "set_context"):
            handler.set_context(ti)


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

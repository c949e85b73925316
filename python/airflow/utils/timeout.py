"""A limit on the time that a block may take."""

from __future__ import annotations

import os
import signal
import threading
from types import TracebackType
from typing import Any

from airflow.exceptions import AirflowTaskTimeout
from airflow.utils.log.logging_mixin import LoggingMixin


class TimeoutPosix(LoggingMixin):
    """Raises `AirflowTaskTimeout` in the block when `seconds` are over.

    It works with SIGALRM, so in the main thread only; elsewhere the block runs without a limit.
    """

    def __init__(self, seconds: float = 1, error_message: str = "Timeout") -> None:
        super().__init__()
        self.seconds = seconds
        self.error_message = f"{error_message}, PID: {os.getpid()}"

    def handle_timeout(self, signum: int, frame: Any) -> None:
        """The time is over."""
        self.log.error("Process timed out, PID: %s", os.getpid())
        raise AirflowTaskTimeout(self.error_message)

    def __enter__(self) -> TimeoutPosix:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, self.handle_timeout)
            signal.setitimer(signal.ITIMER_REAL, self.seconds)
        else:
            self.log.warning("A time limit works in the main thread only; this block has none")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_REAL, 0)


timeout = TimeoutPosix

"""Where metrics go when nobody collects them."""

from __future__ import annotations

import time
from typing import Any


class _Timer:
    """Measures a block, or from `start` to `stop`."""

    duration: float | None = None

    def __enter__(self) -> _Timer:
        return self.start()

    def __exit__(self, *_details: Any) -> None:
        self.stop()

    def start(self) -> _Timer:
        self._start = time.perf_counter()
        return self

    def stop(self, send: bool = True) -> None:
        self.duration = 1000.0 * (time.perf_counter() - self._start)


class NoStatsLogger:
    """Takes every metric and keeps none."""

    @classmethod
    def incr(cls, stat: str, count: int = 1, rate: float = 1, *, tags: dict[str, str] | None = None) -> None:
        """Adds to a counter."""

    @classmethod
    def decr(cls, stat: str, count: int = 1, rate: float = 1, *, tags: dict[str, str] | None = None) -> None:
        """Takes from a counter."""

    @classmethod
    def gauge(
        cls, stat: str, value: float, rate: float = 1, delta: bool = False, *, tags: dict[str, str] | None = None
    ) -> None:
        """Sets a value."""

    @classmethod
    def timing(cls, stat: str, dt: Any, *, tags: dict[str, str] | None = None) -> None:
        """Records a duration."""

    @classmethod
    def timer(cls, *args: Any, **kwargs: Any) -> _Timer:
        """Measures a block."""
        return _Timer()


StatsLogger = NoStatsLogger

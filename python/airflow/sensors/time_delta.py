"""Waits for some time after the end of the run's data interval."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sensors.base import BaseSensorOperator
from airflow.utils import timezone


class TimeDeltaSensor(BaseSensorOperator):
    """Waits until `delta` has passed since the end of the run's data interval."""

    def __init__(self, *, delta: timedelta, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.delta = delta

    def poke(self, context: Any) -> bool:
        target = context["data_interval_end"] + self.delta
        self.log.info("Checking if the time (%s) has come", target)
        return timezone.utcnow() > target


class TimeDeltaSensorAsync(TimeDeltaSensor):
    """As `TimeDeltaSensor`. Updraft does not defer tasks yet: this one waits as its `mode` says."""

    def __init__(self, *, end_from_trigger: bool = False, delta: timedelta, **kwargs: Any) -> None:
        super().__init__(delta=delta, **kwargs)
        self.end_from_trigger = end_from_trigger

    def execute(self, context: Any) -> Any:
        # On Airflow this sensor gives True where it does not have to wait, and nothing after a wait.
        return True if self.poke(context) else super().execute(context)

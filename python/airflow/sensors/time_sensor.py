"""Waits for a time of the day."""

from __future__ import annotations

from datetime import time
from typing import Any

from airflow.sensors.base import BaseSensorOperator
from airflow.utils import timezone


class TimeSensor(BaseSensorOperator):
    """Waits until it is later than `target_time`, in the DAG's time zone."""

    def __init__(self, *, target_time: time, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_time = target_time

    def poke(self, context: Any) -> bool:
        self.log.info("Checking if the time (%s) has come", self.target_time)
        return timezone.make_naive(timezone.utcnow(), self.dag.timezone).time() > self.target_time

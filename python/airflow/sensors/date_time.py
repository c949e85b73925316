"""Waits for a point in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from airflow.sensors.base import BaseSensorOperator
from airflow.utils import timezone


class DateTimeSensor(BaseSensorOperator):
    """Waits until `target_time` is over.

    :param target_time: a datetime, or text with one in ISO format. (templated)
    """

    template_fields: Sequence[str] = ("target_time",)

    def __init__(self, *, target_time: str | datetime, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(target_time, datetime):
            target_time = target_time.isoformat()
        elif not isinstance(target_time, str):
            raise TypeError(f"target_time has to be text or a datetime, not a {type(target_time)}")
        self.target_time = target_time

    def poke(self, context: Any) -> bool:
        self.log.info("Checking if the time (%s) has come", self.target_time)
        return timezone.utcnow() > timezone.parse(self.target_time)

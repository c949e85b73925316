"""Triggers that wait for a time."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent
from airflow.utils import timezone


class DateTimeTrigger(BaseTrigger):
    """Fires at a moment.

    :param moment: when, with a time zone
    :param end_from_trigger: whether the task has succeeded then and need not go on
    """

    def __init__(self, moment: datetime.datetime, *, end_from_trigger: bool = False) -> None:
        super().__init__()
        if not isinstance(moment, datetime.datetime):
            raise TypeError(f"moment has to be a datetime, not {moment!r}")
        if moment.tzinfo is None:
            raise ValueError(f"moment has to have a time zone: {moment}")
        self.moment = timezone.convert_to_utc(moment)
        self.end_from_trigger = end_from_trigger

    def serialize(self) -> tuple[str, dict[str, Any]]:
        arguments = {"moment": self.moment, "end_from_trigger": self.end_from_trigger}
        return "airflow.triggers.temporal.DateTimeTrigger", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        # Never long at a time: the clock may be set while this sleeps.
        while (left := (self.moment - timezone.utcnow()).total_seconds()) > 0:
            await asyncio.sleep(min(left, 60))
        yield self._event()

    def _event(self) -> TriggerEvent:
        if self.end_from_trigger:
            from airflow.triggers.base import TaskSuccessEvent

            return TaskSuccessEvent()
        return TriggerEvent(self.moment)


class TimeDeltaTrigger(DateTimeTrigger):
    """Fires after a length of time."""

    def __init__(self, delta: datetime.timedelta, *, end_from_trigger: bool = False) -> None:
        super().__init__(moment=timezone.utcnow() + delta, end_from_trigger=end_from_trigger)

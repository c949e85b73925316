"""Waits for a day of the week."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from airflow.exceptions import RemovedInAirflow3Warning
from airflow.sensors.base import BaseSensorOperator
from airflow.utils import timezone
from airflow.utils.weekday import WeekDay


class DayOfWeekSensor(BaseSensorOperator):
    """Waits for one of the days.

    :param week_day: the days: ``"Monday"``, ``{"Saturday", "Sunday"}`` or `WeekDay`
    :param use_task_logical_date: takes the run's logical date instead of the present
    """

    def __init__(
        self,
        *,
        week_day: str | Iterable[str] | WeekDay | Iterable[WeekDay],
        use_task_logical_date: bool = False,
        use_task_execution_day: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.week_day = week_day
        self.use_task_logical_date = use_task_logical_date
        if use_task_execution_day:
            self.use_task_logical_date = use_task_execution_day
            warnings.warn(
                "use_task_execution_day is deprecated; use use_task_logical_date",
                RemovedInAirflow3Warning,
                stacklevel=2,
            )
        self._week_day_num = WeekDay.validate_week_day(week_day)

    def poke(self, context: Any) -> bool:
        now = timezone.utcnow()
        self.log.info("Poking until weekday is in %s, Today is %s", self.week_day, WeekDay(now.isoweekday()).name)
        date = context["logical_date"] if self.use_task_logical_date else now
        return date.isoweekday() in self._week_day_num

"""Branches by the day of the week."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from airflow.exceptions import RemovedInAirflow3Warning
from airflow.operators.branch import BaseBranchOperator
from airflow.utils import timezone
from airflow.utils.weekday import WeekDay


class BranchDayOfWeekOperator(BaseBranchOperator):
    """Follows one branch on some days of the week, and another on the others.

    :param follow_task_ids_if_true: what to follow on these days
    :param follow_task_ids_if_false: what to follow on the others
    :param week_day: the days: ``"Monday"``, ``{"Saturday", "Sunday"}`` or `WeekDay`
    :param use_task_logical_date: takes the run's logical date instead of the present
    """

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        week_day: str | Iterable[str] | WeekDay | Iterable[WeekDay],
        use_task_logical_date: bool = False,
        use_task_execution_day: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
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

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        if self.use_task_logical_date:
            now = context["logical_date"]
        else:
            now = timezone.make_naive(timezone.utcnow(), self.dag.timezone)
        chosen = now.isoweekday() in self._week_day_num
        return self.follow_task_ids_if_true if chosen else self.follow_task_ids_if_false

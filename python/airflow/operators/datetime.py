"""Branches by the time of day or the date."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Iterable
from typing import Any, Optional, Union

from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.operators.branch import BaseBranchOperator
from airflow.utils import timezone

_Bound = Optional[Union[datetime.datetime, datetime.time]]


class BranchDateTimeOperator(BaseBranchOperator):
    """Follows one branch between two bounds, and another outside of them.

    :param follow_task_ids_if_true: what to follow within the bounds
    :param follow_task_ids_if_false: what to follow outside
    :param target_lower: the lower bound: a date, or a time of each day; None is no bound
    :param target_upper: the upper bound
    :param use_task_logical_date: compares the run's logical date instead of the present
    """

    def __init__(
        self,
        *,
        follow_task_ids_if_true: str | Iterable[str],
        follow_task_ids_if_false: str | Iterable[str],
        target_lower: _Bound,
        target_upper: _Bound,
        use_task_logical_date: bool = False,
        use_task_execution_date: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if target_lower is None and target_upper is None:
            raise AirflowException("one of target_lower and target_upper is needed")
        self.target_lower = target_lower
        self.target_upper = target_upper
        self.follow_task_ids_if_true = follow_task_ids_if_true
        self.follow_task_ids_if_false = follow_task_ids_if_false
        self.use_task_logical_date = use_task_logical_date
        if use_task_execution_date:
            self.use_task_logical_date = use_task_execution_date
            warnings.warn(
                "use_task_execution_date is deprecated; use use_task_logical_date",
                RemovedInAirflow3Warning,
                stacklevel=2,
            )

    def choose_branch(self, context: Any) -> str | Iterable[str]:
        present = timezone.coerce_datetime(timezone.utcnow())
        now = context["logical_date"] if self.use_task_logical_date else present
        lower, upper = target_times_as_dates(now, self.target_lower, self.target_upper)
        lower = timezone.coerce_datetime(lower, self.dag.timezone)
        upper = timezone.coerce_datetime(upper, self.dag.timezone)
        is_within = (lower is None or lower <= now) and (upper is None or now <= upper)
        return self.follow_task_ids_if_true if is_within else self.follow_task_ids_if_false


def target_times_as_dates(base_date: datetime.datetime, lower: _Bound, upper: _Bound) -> tuple[Any, Any]:
    """Bounds that are times of a day become dates of the base's day; the upper one of the next day if needed."""
    both_dates = isinstance(lower, datetime.datetime) and isinstance(upper, datetime.datetime)
    if isinstance(lower, datetime.time):
        lower = datetime.datetime.combine(base_date, lower)
    if isinstance(upper, datetime.time):
        upper = datetime.datetime.combine(base_date, upper)
    if not both_dates and lower is not None and upper is not None and upper < lower:
        upper += datetime.timedelta(days=1)
    return lower, upper

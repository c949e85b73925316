"""Cron in a time zone."""

from __future__ import annotations

from airflow.exceptions import AirflowTimetableInvalid
from airflow.utils.dates import cron_presets
from airflow.utils.timezone import convert_to_utc, make_aware, make_naive, parse_timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pendulum import DateTime


class CronMixin:
    """The moments that a cron expression names, on the clocks of a time zone."""

    def __init__(self, cron: str, timezone: Any) -> None:
        self._expression = cron_presets.get(cron, cron)
        self._zone = timezone

    @property
    def _timezone(self) -> Any:
        # Not before it is used: pendulum reads a file for each zone.
        if isinstance(self._zone, str):
            self._zone = parse_timezone(self._zone)
        elif callable(self._zone):
            self._zone = self._zone()
        return self._zone

    @property
    def description(self) -> str:
        """The expression in words; empty where it is too special for that."""
        from airflow.timetables._cron_words import describe

        return describe(self._expression)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self._expression == other._expression and self._timezone == other._timezone

    __hash__ = None  # type: ignore[assignment]

    @property
    def summary(self) -> str:
        return self._expression

    def validate(self) -> None:
        self._cron()

    def _cron(self) -> Any:
        from airflow.timetables._cron_expression import CronError, CronExpression

        try:
            return CronExpression(self._expression)
        except CronError as error:
            raise AirflowTimetableInvalid(str(error)) from None

    def _get_next(self, current: DateTime) -> DateTime:
        """The first moment after this one."""
        naive = make_naive(current, self._timezone)
        cron = self._cron()
        scheduled = cron.next(naive)
        if not cron.covers_every_hour:
            return convert_to_utc(make_aware(scheduled, self._timezone))  # type: ignore[return-value]
        # Every hour means every hour, also where the clock is changed.
        return convert_to_utc(current.in_timezone(self._timezone) + (scheduled - naive))  # type: ignore[return-value]

    def _get_prev(self, current: DateTime) -> DateTime:
        """The last moment before this one."""
        naive = make_naive(current, self._timezone)
        cron = self._cron()
        scheduled = cron.previous(naive)
        if not cron.covers_every_hour:
            return convert_to_utc(make_aware(scheduled, self._timezone))  # type: ignore[return-value]
        return convert_to_utc(current.in_timezone(self._timezone) - (naive - scheduled))  # type: ignore[return-value]

    def _align_to_next(self, current: DateTime) -> DateTime:
        """This moment, if it is one, else the next one."""
        next_time = self._get_next(current)
        return next_time if self._get_prev(next_time) != current else current

    def _align_to_prev(self, current: DateTime) -> DateTime:
        """This moment, if it is one, else the one before."""
        prev_time = self._get_prev(current)
        return prev_time if self._get_next(prev_time) != current else current

"""The schedule of a DAG, and the dates of its runs."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from airflow.configuration import conf
from airflow.utils import timezone
from airflow.utils.types import NOTSET, ArgNotSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

DEFAULT_SCHEDULE_INTERVAL = datetime.timedelta(days=1)


def create_timetable(interval: Any, timezone: Any) -> Timetable:
    """The timetable of a schedule that is no timetable itself. `timezone` may be a function that gives it."""
    from airflow.timetables import interval as intervals
    from airflow.timetables import simple

    if interval is NOTSET:
        return intervals.DeltaDataIntervalTimetable(DEFAULT_SCHEDULE_INTERVAL)
    if interval is None:
        return simple.NullTimetable()
    if interval == "@once":
        return simple.OnceTimetable()
    if interval == "@continuous":
        return simple.ContinuousTimetable()
    if isinstance(interval, datetime.timedelta) or _is_relativedelta(interval):
        return intervals.DeltaDataIntervalTimetable(interval)
    if isinstance(interval, str):
        if conf.getboolean("scheduler", "create_cron_data_intervals"):
            return intervals.CronDataIntervalTimetable(interval, timezone)
        from airflow.timetables.trigger import CronTriggerTimetable

        return CronTriggerTimetable(interval, timezone=timezone)
    raise ValueError(
        f"{interval!r} is not a valid schedule: it is a cron expression, a preset such as '@daily', "
        "a timedelta, a timetable, datasets, or None"
    )


def _is_relativedelta(value: Any) -> bool:
    kind = type(value)
    return kind.__module__ == "dateutil.relativedelta" and kind.__name__ == "relativedelta"


def timezone_of(start_date: Any, default_args: dict[str, Any]) -> tuple[Any, Any]:
    """The start date and its time zone; None is that of the deployment. The date may be one of default_args."""
    if start_date and start_date.tzinfo:
        return start_date, _pendulum_zone(start_date)
    date = default_args.get("start_date")
    if not date:
        return start_date, None
    if not isinstance(date, datetime.datetime):
        date = timezone.parse(date)
        default_args["start_date"] = start_date = date
    return start_date, _pendulum_zone(date) if date.tzinfo else None


def _pendulum_zone(date: datetime.datetime) -> Any:
    import pendulum

    return pendulum.instance(date).timezone


def read_schedule(dag: Any, schedule: Any, schedule_interval: Any, timetable: Any) -> tuple[Timetable, Any]:
    """The timetable and the schedule_interval of a DAG, from whichever argument was given."""
    from airflow._deprecation import warn
    from airflow.utils.helpers import at_most_one

    given = (schedule_interval, timetable, schedule)
    has_start = dag.start_date or "start_date" in dag.default_args
    if any(value is not NOTSET and bool(value) for value in given) and not has_start:
        raise ValueError(f"DAG is missing the start_date parameter: {dag.dag_id!r} has a schedule")
    if not at_most_one(*given):
        raise ValueError("At most one allowed for args 'schedule_interval', 'timetable', and 'schedule'.")
    if schedule_interval is not NOTSET:
        warn("the argument schedule_interval of DAG is deprecated; use schedule")
        schedule = schedule_interval
    if timetable is not None:
        warn("the argument timetable of DAG is deprecated; use schedule")
        schedule = timetable
    if isinstance(schedule, ArgNotSet):
        warn("a DAG without a schedule is deprecated; for one run a day write schedule=timedelta(days=1)")
    return _timetable_of(schedule, dag._zone or _zone_of_deployment)


def _zone_of_deployment() -> Any:
    from airflow import settings

    return settings.TIMEZONE


def _timetable_of(schedule: Any, zone: Any) -> tuple[Timetable, Any]:
    # Most schedules are text or nothing, and need none of the modules below.
    if schedule is None or isinstance(schedule, (str, datetime.timedelta)):
        return create_timetable(schedule, zone), schedule
    if isinstance(schedule, ArgNotSet):
        return create_timetable(schedule, zone), DEFAULT_SCHEDULE_INTERVAL
    from airflow.datasets import BaseDataset, Dataset, DatasetAlias, DatasetAll
    from airflow.timetables.base import Timetable
    from airflow.timetables.simple import DatasetTriggeredTimetable

    if isinstance(schedule, Timetable):
        return schedule, schedule.summary
    if isinstance(schedule, Collection) and not isinstance(schedule, BaseDataset):
        if not all(isinstance(item, (Dataset, DatasetAlias)) for item in schedule):
            raise ValueError("All elements in 'schedule' should be datasets or dataset aliases")
        schedule = DatasetAll(*schedule)
    if isinstance(schedule, BaseDataset):
        triggered = DatasetTriggeredTimetable(schedule)
        return triggered, triggered.summary
    return create_timetable(schedule, zone), schedule


def _as_interval(start: Any, end: Any) -> DataInterval:
    from airflow.timetables.base import DataInterval

    return DataInterval(start, end)


class DagScheduleMixin:
    """The part of `DAG` that is about time."""

    def _read_default_dates(self) -> None:
        """The dates in default_args, in UTC."""
        arguments = self.default_args
        if isinstance(arguments.get("end_date"), str):
            arguments["end_date"] = timezone.parse(arguments["end_date"], timezone=self.timezone)
        for name in ("start_date", "end_date"):
            if name in arguments:
                arguments[name] = timezone.convert_to_utc(arguments[name])

    @property
    def _time_restriction(self) -> TimeRestriction:
        """The first and last logical date that the DAG and its tasks have."""
        from airflow.timetables.base import TimeRestriction

        starts = [task.start_date for task in self.tasks if task.start_date]
        if self.start_date is not None:
            starts.append(self.start_date)
        latest = self.end_date
        ends = [task.end_date for task in self.tasks if task.end_date]
        # A task without an end has no last date.
        if len(ends) == len(self.tasks):
            if self.end_date is not None:
                ends.append(self.end_date)
            if ends:
                latest = timezone.coerce_datetime(max(ends))
        earliest = timezone.coerce_datetime(min(starts)) if starts else None
        return TimeRestriction(earliest, latest, self.catchup)

    def next_dagrun_info(self, last_automated_dagrun: Any, *, restricted: bool = True) -> DagRunInfo | None:
        """The run after the one with this data interval; the first one after None."""
        from airflow.timetables.base import TimeRestriction

        if self.is_subdag:
            return None
        interval = last_automated_dagrun
        if isinstance(interval, datetime.datetime):
            _deprecated("DAG.next_dagrun_info with a date is deprecated; pass a DataInterval")
            interval = self.infer_automated_data_interval(timezone.coerce_datetime(interval))
        restriction = self._time_restriction if restricted else TimeRestriction(None, None, catchup=True)
        return self._ask_timetable(interval, restriction)

    def _ask_timetable(self, interval: Any, restriction: Any) -> DagRunInfo | None:
        try:
            return self.timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
        except Exception:
            # The user's own timetable must not stop the others.
            self.log.exception("The timetable of the DAG %r failed for the run after %s", self.dag_id, interval)
            return None

    def iter_dagrun_infos_between(self, earliest: Any, latest: Any, *, align: bool = True) -> Iterator[DagRunInfo]:
        """The runs between two dates; without `align` also one for a first part that is no whole interval."""
        from airflow.timetables.base import DagRunInfo, TimeRestriction

        earliest = self._time_restriction.earliest if earliest is None else timezone.coerce_datetime(earliest)
        if earliest is None:
            raise ValueError(f"the DAG {self.dag_id!r} has no start date, so `earliest` has to be given")
        latest = timezone.coerce_datetime(latest)
        restriction = TimeRestriction(earliest, latest, catchup=True)
        info = self._ask_timetable(None, restriction)
        align = align and not self.is_subdag
        if info is None:
            if not align:
                yield DagRunInfo.interval(earliest, latest)
            return
        if not align and info.logical_date != earliest:
            yield DagRunInfo.interval(earliest, info.data_interval.start)
        while info is not None:
            yield info
            info = self._ask_timetable(info.data_interval, restriction)

    def infer_automated_data_interval(self, logical_date: Any) -> DataInterval:
        """The data interval of a run of this date that an older version made."""
        from airflow.timetables import interval, simple

        start = timezone.coerce_datetime(logical_date)
        kind = type(self.timetable)
        if issubclass(kind, (simple.NullTimetable, simple.OnceTimetable, simple.DatasetTriggeredTimetable)):
            return _as_interval(start, start)
        if issubclass(kind, (interval.CronDataIntervalTimetable, interval.DeltaDataIntervalTimetable)):
            return _as_interval(start, self.timetable._get_next(start))
        raise ValueError(f"Not a valid timetable: {self.timetable!r} says no data interval for a date")

    def get_run_data_interval(self, run: Any) -> DataInterval:
        """The data interval of a run."""
        if run.dag_id is not None and run.dag_id != self.dag_id:
            raise ValueError(f"Arguments refer to different DAGs: {self.dag_id} != {run.dag_id}")
        start, end = run.data_interval_start, run.data_interval_end
        if start is not None and end is not None:
            return _as_interval(timezone.coerce_datetime(start), timezone.coerce_datetime(end))
        return self.infer_automated_data_interval(run.execution_date)

    def get_next_data_interval(self, dag_model: Any) -> DataInterval | None:
        """The data interval of the next run that the scheduler noted."""
        if self.dag_id != dag_model.dag_id:
            raise ValueError(f"Arguments refer to different DAGs: {self.dag_id} != {dag_model.dag_id}")
        if dag_model.next_dagrun is None:
            return None
        return dag_model.next_dagrun_data_interval or self.infer_automated_data_interval(dag_model.next_dagrun)


def _deprecated(message: str) -> None:
    from airflow._deprecation import warn

    warn(message)

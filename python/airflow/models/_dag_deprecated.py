"""What `DAG` still has for older DAG files."""

from __future__ import annotations

import datetime

from airflow.utils import timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def _deprecated(name: str, instead: str = "") -> None:
    from airflow._deprecation import warn

    warn(f"DAG.{name} is deprecated" + (f"; use {instead}" if instead else ""))


class DeprecatedDagMixin:
    """Each of these warns."""

    @property
    def full_filepath(self) -> str:
        _deprecated("full_filepath", "fileloc")
        return self.fileloc

    @full_filepath.setter
    def full_filepath(self, value: str) -> None:
        _deprecated("full_filepath", "fileloc")
        self.fileloc = value

    @property
    def filepath(self) -> str:
        _deprecated("filepath", "relative_fileloc")
        return str(self.relative_fileloc)

    @property
    def concurrency(self) -> int:
        _deprecated("concurrency", "max_active_tasks")
        return self._max_active_tasks

    @concurrency.setter
    def concurrency(self, value: int) -> None:
        self._max_active_tasks = value

    @property
    def allow_future_exec_dates(self) -> bool:
        from airflow import settings

        return settings.ALLOW_FUTURE_EXEC_DATES and not self.timetable.can_be_scheduled

    @property
    def normalized_schedule_interval(self) -> Any:
        from airflow.utils.dates import cron_presets

        _deprecated("normalized_schedule_interval")
        if isinstance(self.schedule_interval, str) and self.schedule_interval in cron_presets:
            return cron_presets[self.schedule_interval]
        return None if self.schedule_interval == "@once" else self.schedule_interval

    def sub_dag(self, *args: Any, **kwargs: Any) -> Any:
        _deprecated("sub_dag", "partial_subset")
        return self.partial_subset(*args, **kwargs)

    def date_range(self, start_date: Any, num: int | None = None, end_date: Any = None) -> list[Any]:
        _deprecated("date_range", "iter_dagrun_infos_between(…, align=False)")
        end = timezone.utcnow() if end_date is None else end_date
        dates = [i.logical_date for i in self.iter_dagrun_infos_between(start_date, end, align=False)]
        return dates if num is None else dates[:num]

    def get_run_dates(self, start_date: Any, end_date: Any = None) -> list[Any]:
        _deprecated("get_run_dates", "iter_dagrun_infos_between")
        end = timezone.utcnow() if end_date is None else end_date
        return [info.logical_date for info in self.iter_dagrun_infos_between(start_date, end)]

    def is_fixed_time_schedule(self) -> bool:
        from airflow.timetables._cron import CronMixin

        _deprecated("is_fixed_time_schedule")
        if not isinstance(self.timetable, CronMixin):
            return True
        cron = self.timetable._cron()
        first = cron.next(datetime.datetime(2000, 1, 1))
        return first.time() == cron.next(first).time()

    def following_schedule(self, dttm: Any) -> Any:
        _deprecated("following_schedule", "next_dagrun_info(restricted=False)")
        interval = self.infer_automated_data_interval(timezone.coerce_datetime(dttm))
        info = self.next_dagrun_info(interval, restricted=False)
        return None if info is None else info.data_interval.start

    def previous_schedule(self, dttm: Any) -> Any:
        from airflow.timetables.interval import _DataIntervalTimetable

        _deprecated("previous_schedule")
        if not isinstance(self.timetable, _DataIntervalTimetable):
            return None
        return self.timetable._get_prev(timezone.coerce_datetime(dttm))

    def next_dagrun_after_date(self, date_last_automated_dagrun: Any) -> Any:
        _deprecated("next_dagrun_after_date", "next_dagrun_info")
        interval = None
        if date_last_automated_dagrun is not None:
            interval = self.infer_automated_data_interval(date_last_automated_dagrun)
        info = self.next_dagrun_info(interval)
        return None if info is None else info.run_after

    def tree_view(self) -> None:
        _deprecated("tree_view", "the command `updraft dags show`")
        for line in self._tree_lines():
            print(line)

    def get_tree_view(self) -> str:
        _deprecated("get_tree_view", "the command `updraft dags show`")
        return "".join(f"{line}\n" for line in self._tree_lines())

    def _tree_lines(self) -> Iterator[str]:
        def below(task: Any, level: int) -> Iterator[str]:
            yield " " * level * 4 + str(task)
            for after in sorted(task.downstream_list, key=lambda item: item.task_id):
                yield from below(after, level + 1)

        for root in sorted(self.roots, key=lambda item: item.task_id):
            yield from below(root, 0)

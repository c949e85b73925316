"""Builds the context that templates, operators and callbacks of one try see.

The keys and values are those of Airflow's own context. The difference is when they are computed:
a value that costs a query or a walk over the timetable is computed on first access, because most
tasks never look at it.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, ItemsView, Iterator, ValuesView
from datetime import timedelta
from typing import Any

from airflow.configuration import conf
from airflow.exceptions import RemovedInAirflow3Warning
from airflow.models.abstractoperator import NotMapped
from airflow.models.param import process_params
from airflow.utils import timezone
from airflow.utils.context import (
    ConnectionAccessor,
    Context,
    OutletEventAccessors,
    VariableAccessor,
    _create_deprecation_warning,
)
from airflow.utils.state import DagRunState

from updraft_runtime.sdk_tasks import tasks


class _Later:
    """A value that is computed at most once; copies of a context share it."""

    __slots__ = ("compute", "done", "value")

    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute = compute
        self.done = False
        self.value: Any = None

    def get(self) -> Any:
        if not self.done:
            self.value = self.compute()
            self.done = True
        return self.value


class LazyValues(dict[str, Any]):
    """A dict whose values may be computed on first access.

    `__iter__` is overridden so that `dict(values)` and `{**values}` go through `__getitem__`
    instead of copying the raw slots.
    """

    def __getitem__(self, key: str) -> Any:
        value = dict.__getitem__(self, key)
        return value.get() if type(value) is _Later else value

    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 - this is get

    def items(self) -> Any:
        return ItemsView(self)

    def values(self) -> Any:
        return ValuesView(self)

    def pop(self, key: str, *default: Any) -> Any:
        value = dict.pop(self, key, *default)
        return value.get() if type(value) is _Later else value

    def __copy__(self) -> LazyValues:
        new = LazyValues()
        for key, value in dict.items(self):
            dict.__setitem__(new, key, value)
        return new

    copy = __copy__

    def __repr__(self) -> str:
        return repr(dict(self))

    def is_pending(self, key: str) -> bool:
        value = dict.__getitem__(self, key)
        return type(value) is _Later and not value.done


class LazyContext(Context):
    """Airflow's context over `LazyValues`."""

    def __init__(self, context: Any = None, **kwargs: Any) -> None:
        values = context if isinstance(context, LazyValues) else LazyValues(context or {})
        super().__init__(values, **kwargs)

    def for_wildcard(self, named: frozenset[str]) -> dict[str, Any]:
        """The mapping for a callable with `**kwargs`.

        Airflow wraps deprecated keys in proxies there, so that the warning comes with the use.
        Pending values get a proxy too: unpacking alone must not query the database. A parameter
        that the callable names gets its real value, which may be tested with `is None`.
        """
        values: LazyValues = self._context
        return {key: self._wildcard_value(values, key, key in named) for key in values}

    def _wildcard_value(self, values: LazyValues, key: str, named: bool) -> Any:
        deprecated = self._deprecation_replacements.get(key)
        if deprecated is not None:
            return tasks.Proxy(functools.partial(_warn_and_get, values, key, deprecated))
        if not named and values.is_pending(key):
            return tasks.Proxy(functools.partial(values.__getitem__, key))
        return values[key]


def _warn_and_get(values: LazyValues, key: str, replacements: list[str]) -> Any:
    warnings.warn(_create_deprecation_warning(key, replacements), stacklevel=2)
    return values[key]


def build_context(ti: Any, *, ignore_param_exceptions: bool) -> LazyContext:
    """The context of `ti`, whose `task` and `dag_run` are set."""
    task = ti.task
    dag = task.dag
    dag_run = ti.dag_run
    dag_run.dag = dag
    interval = dag.get_run_data_interval(dag_run)
    logical_date = timezone.coerce_datetime(dag_run.execution_date)
    ds = logical_date.strftime("%Y-%m-%d")
    ts = logical_date.isoformat()
    values: dict[str, Any] = {
        "conf": conf,
        "conn": ConnectionAccessor(),
        "dag": dag,
        "dag_run": dag_run,
        "data_interval_end": timezone.coerce_datetime(interval.end),
        "data_interval_start": timezone.coerce_datetime(interval.start),
        "ds": ds,
        "ds_nodash": ds.replace("-", ""),
        "execution_date": logical_date,
        "expanded_ti_count": _Later(functools.partial(_expanded_ti_count, ti)),
        "inlet_events": _Later(functools.partial(tasks.inlet_events, task)),
        "inlets": task.inlets,
        "logical_date": logical_date,
        "macros": _Later(tasks.macros),
        "map_index_template": task.map_index_template,
        "outlet_events": OutletEventAccessors(),
        "outlets": task.outlets,
        "params": _params(dag, task, dag_run, ignore_param_exceptions),
        "run_id": ti.run_id,
        "task": task,
        "task_instance": ti,
        "task_instance_key_str": f"{task.dag_id}__{task.task_id}__{ds.replace('-', '')}",
        "test_mode": ti.test_mode,
        "ti": ti,
        "triggering_dataset_events": tasks.Proxy(functools.partial(tasks.triggering_events, dag_run)),
        "ts": ts,
        "ts_nodash": logical_date.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": ts.replace("-", "").replace(":", ""),
        "var": {
            "json": VariableAccessor(deserialize_json=True),
            "value": VariableAccessor(deserialize_json=False),
        },
    }
    values.update(_neighbouring_dates(logical_date, dag_run, dag, interval))
    values.update(_previous_success(ti, dag))
    # Airflow warns for deprecated keys that are read, which needs each of them to be there.
    return LazyContext(LazyValues(values))


def _params(dag: Any, task: Any, dag_run: Any, suppress: bool) -> dict[str, Any]:
    if not (dag.params or task.params or dag_run.conf):
        return {}
    return process_params(dag, task, dag_run, suppress_exception=suppress)


def _neighbouring_dates(logical_date: Any, dag_run: Any, dag: Any, interval: Any) -> dict[str, _Later]:
    """The deprecated next/previous/yesterday/tomorrow keys."""

    def next_date() -> Any:
        if dag_run.external_trigger:
            return logical_date
        following = dag.next_dagrun_info(interval, restricted=False)
        return None if following is None else timezone.coerce_datetime(following.logical_date)

    def previous_date() -> Any:
        if dag_run.external_trigger:
            return logical_date
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RemovedInAirflow3Warning)
            return dag.previous_schedule(logical_date)

    next_later, previous_later = _Later(next_date), _Later(previous_date)
    found: dict[str, _Later] = {
        "next_execution_date": next_later,
        "prev_execution_date": previous_later,
    }
    dates: dict[str, Callable[[], Any]] = {
        "next_ds": next_later.get,
        "prev_ds": previous_later.get,
        "tomorrow_ds": lambda: logical_date + timedelta(days=1),
        "yesterday_ds": lambda: logical_date - timedelta(days=1),
    }
    for key, date in dates.items():
        found[key] = _Later(functools.partial(_formatted, date, "%Y-%m-%d"))
        found[f"{key}_nodash"] = _Later(functools.partial(_formatted, date, "%Y%m%d"))
    return found


def _formatted(date: Callable[[], Any], pattern: str) -> str | None:
    value = date()
    return None if value is None else value.strftime(pattern)


def _previous_success(ti: Any, dag: Any) -> dict[str, _Later]:
    """The keys about the previous successful run: one query, when the first of them is read."""

    def run() -> Any:
        with tasks.session() as session:
            return ti.get_previous_dagrun(state=DagRunState.SUCCESS, session=session)

    previous = _Later(run)

    def of_run(read: Callable[[Any], Any]) -> Any:
        dag_run = previous.get()
        return None if dag_run is None else read(dag_run)

    def execution_date() -> Any:
        with tasks.session() as session:
            return ti.get_previous_execution_date(state=DagRunState.SUCCESS, session=session)

    reads: dict[str, Callable[[Any], Any]] = {
        "prev_data_interval_start_success": lambda run: dag.get_run_data_interval(run).start,
        "prev_data_interval_end_success": lambda run: dag.get_run_data_interval(run).end,
        "prev_start_date_success": lambda run: timezone.coerce_datetime(run.start_date),
        "prev_end_date_success": lambda run: timezone.coerce_datetime(run.end_date),
    }
    found = {key: _Later(functools.partial(of_run, read)) for key, read in reads.items()}
    found["prev_execution_date_success"] = _Later(execution_date)
    return found


def _expanded_ti_count(ti: Any) -> int | None:
    try:
        with tasks.session() as session:
            return ti.task.get_mapped_ti_count(ti.run_id, session=session)
    except NotMapped:
        return None

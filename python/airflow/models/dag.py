"""DAGs."""

from __future__ import annotations

import copy
import sys

from airflow.configuration import conf as airflow_conf
from airflow.models._dag_context import DagContext
from airflow.models._dag_deprecated import DeprecatedDagMixin
from airflow.models._dag_graph import DagGraphMixin
from airflow.models._dag_runs import DagRunsMixin
from airflow.models._dag_schedule import (
    DEFAULT_SCHEDULE_INTERVAL,
    DagScheduleMixin,
    create_timetable,
    read_schedule,
    timezone_of,
)
from airflow.models._dag_validate import (
    DAG_ARGS_EXPECTED_TYPES,
    DEFAULT_VIEW_PRESETS,
    ORIENTATION_PRESETS,
    DagValidateMixin,
    check_orientation,
    check_owner_links,
    check_tags,
    read_access_control,
    read_default_view,
)
from airflow.models.param import DagParam, ParamsDict
from airflow.utils import timezone
from airflow.utils.helpers import validate_instance_args, validate_key
from airflow.utils.log._mixin import LoggingMixin
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Collection, Iterable, MutableMapping
    from typing import Any

    import jinja2

__all__ = [
    "DAG",
    "DAG_ARGS_EXPECTED_TYPES",
    "DEFAULT_SCHEDULE_INTERVAL",
    "DEFAULT_VIEW_PRESETS",
    "ORIENTATION_PRESETS",
    "DagContext",
    "create_timetable",
    "dag",
]

# Read once: the serialized form leaves out what is the very object of the default.
_MAX_ACTIVE_TASKS: int = airflow_conf.getint("core", "max_active_tasks_per_dag")
_MAX_ACTIVE_RUNS: int = airflow_conf.getint("core", "max_active_runs_per_dag")
_MAX_FAILED_RUNS: int = airflow_conf.getint("core", "max_consecutive_failed_dag_runs_per_dag")
_DEFAULT_VIEW: str = airflow_conf.get_mandatory_value("webserver", "dag_default_view").lower()
#: Equal, and another object: so the serialized form of a DAG made with `@dag` names the view, as on Airflow.
_DECORATOR_VIEW: str = airflow_conf.get_mandatory_value("webserver", "dag_default_view").lower()
_ORIENTATION: str = airflow_conf.get_mandatory_value("webserver", "dag_orientation")
_CATCHUP: bool = airflow_conf.getboolean("scheduler", "catchup_by_default")


def __getattr__(name: str) -> Any:
    if name in ("DagModel", "DagTag", "DagOwnerAttributes"):
        from airflow.models import _dag_model

        return getattr(_dag_model, name)
    from airflow.models._annotations import annotation

    return annotation(__name__, name)


class DAG(DagValidateMixin, DagScheduleMixin, DagGraphMixin, DagRunsMixin, DeprecatedDagMixin, LoggingMixin):
    """Tasks, the arrows between them, and when they run.

        with DAG("daily_sales", schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False):
            extract >> load

    :param dag_id: unique in the deployment
    :param description: a line for the web UI
    :param schedule: a cron expression, a preset such as "@daily", a timedelta, a timetable, datasets, or None
    :param start_date: no run has data from before
    :param end_date: no run has data from after
    :param template_searchpath: more folders for template files
    :param template_undefined: what Jinja makes of a name that it does not know; an error by default
    :param user_defined_macros: names for templates
    :param user_defined_filters: filters for templates
    :param default_args: arguments of its tasks for when they are not passed
    :param max_active_tasks: how many of its tasks run at once
    :param max_active_runs: how many of its runs are running at once
    :param max_consecutive_failed_dag_runs: after so many failed runs it is paused; 0 is never
    :param dagrun_timeout: how long a run may take
    :param sla_miss_callback: called when tasks are later than their sla
    :param default_view: the page that the web UI opens: grid, graph, duration, gantt, landing_times, calendar
    :param orientation: the direction of the graph: LR, TB, RL, BT
    :param catchup: whether runs between the start date and now are made up for
    :param on_success_callback: called when a run succeeded
    :param on_failure_callback: called when a run failed
    :param doc_md: documentation in Markdown, or the name of a file of it
    :param params: values for templates, which the trigger of a run may replace
    :param access_control: permissions of roles on this DAG
    :param is_paused_upon_creation: whether it is paused when it is seen for the first time
    :param jinja_environment_kwargs: more arguments of the Jinja environment
    :param render_template_as_native_obj: whether templates give Python values instead of text
    :param tags: words to find it by
    :param owner_links: addresses of owners, by name
    :param auto_register: whether a `with` block makes it a DAG of its file
    :param fail_stop: whether the first failure stops the run
    :param dag_display_name: the name in the web UI
    """

    fileloc: str
    parent_dag: Any = None

    #: Equality looks at these.
    _comps = frozenset(
        {
            "dag_id",
            "task_ids",
            "parent_dag",
            "start_date",
            "end_date",
            "schedule_interval",
            "fileloc",
            "template_searchpath",
            "last_loaded",
        }
    )

    def __init__(
        self,
        dag_id: str,
        description: str | None = None,
        schedule: Any = NOTSET,
        schedule_interval: Any = NOTSET,
        timetable: Any = None,
        start_date: datetime.datetime | None = None,
        end_date: datetime.datetime | None = None,
        full_filepath: str | None = None,
        template_searchpath: str | Iterable[str] | None = None,
        template_undefined: type[jinja2.StrictUndefined] | None = None,
        user_defined_macros: dict[str, Any] | None = None,
        user_defined_filters: dict[str, Any] | None = None,
        default_args: dict[str, Any] | None = None,
        concurrency: int | None = None,
        max_active_tasks: int = _MAX_ACTIVE_TASKS,
        max_active_runs: int = _MAX_ACTIVE_RUNS,
        max_consecutive_failed_dag_runs: int = _MAX_FAILED_RUNS,
        dagrun_timeout: datetime.timedelta | None = None,
        sla_miss_callback: Any = None,
        default_view: str = _DEFAULT_VIEW,
        orientation: str = _ORIENTATION,
        catchup: bool = _CATCHUP,
        on_success_callback: Any = None,
        on_failure_callback: Any = None,
        doc_md: str | None = None,
        params: MutableMapping[str, Any] | None = None,
        access_control: dict[str, dict[str, Collection[str]]] | dict[str, Collection[str]] | None = None,
        is_paused_upon_creation: bool | None = None,
        jinja_environment_kwargs: dict[str, Any] | None = None,
        render_template_as_native_obj: bool = False,
        tags: list[str] | None = None,
        owner_links: dict[str, str] | None = None,
        auto_register: bool = True,
        fail_stop: bool = False,
        dag_display_name: str | None = None,
    ) -> None:
        from airflow.utils.task_group import TaskGroup

        check_tags(tags)
        validate_key(dag_id)
        self._dag_id = dag_id
        self._dag_display_property_value = dag_display_name
        self.owner_links = owner_links or {}
        self.user_defined_macros = user_defined_macros
        self.user_defined_filters = user_defined_filters
        if default_args and not isinstance(default_args, dict):
            raise TypeError(f"default_args of the DAG {dag_id!r} has to be a dict, not {default_args!r}")
        self.default_args: dict[str, Any] = copy.deepcopy(default_args or {})
        params = params or {}
        if "params" in self.default_args:
            params.update(self.default_args.pop("params"))
        self.params = ParamsDict(params)
        if full_filepath:
            _deprecated("the argument full_filepath of DAG is deprecated and has no effect")
        if concurrency:
            _deprecated("the argument concurrency of DAG is deprecated; use max_active_tasks")
            max_active_tasks = concurrency
        self._max_active_tasks = max_active_tasks
        self._pickle_id: int | None = None
        self._description = description
        caller = sys._getframe().f_back
        self.fileloc = caller.f_code.co_filename if caller else ""
        self.task_dict: dict[str, Any] = {}
        self.task_count = 0

        start_date, self._zone = timezone_of(start_date, self.default_args)
        self._read_default_dates()
        self.start_date = timezone.convert_to_utc(start_date)
        self.end_date = timezone.convert_to_utc(end_date)
        schedule = read_schedule(self, schedule, schedule_interval, timetable)
        self.timetable, self.schedule_interval = schedule
        if isinstance(template_searchpath, str):
            template_searchpath = [template_searchpath]
        self.template_searchpath = template_searchpath
        self._template_undefined = template_undefined
        self.last_loaded = timezone.utcnow()
        self.safe_dag_id = dag_id.replace(".", "__dot__")
        self.max_active_runs = max_active_runs
        self.max_consecutive_failed_dag_runs = max_consecutive_failed_dag_runs or _MAX_FAILED_RUNS
        self._check_run_limits()
        self.dagrun_timeout = dagrun_timeout
        self.sla_miss_callback = sla_miss_callback
        self._default_view = read_default_view(default_view)
        check_orientation(orientation)
        self.orientation = orientation
        self.catchup = catchup
        self.partial = False
        self.on_success_callback = on_success_callback
        self.on_failure_callback = on_failure_callback
        self.edge_info: dict[str, dict[str, Any]] = {}
        self.has_on_success_callback = on_success_callback is not None
        self.has_on_failure_callback = on_failure_callback is not None
        self._access_control = read_access_control(access_control)
        self.is_paused_upon_creation = is_paused_upon_creation
        self.auto_register = auto_register
        self.fail_stop = fail_stop
        self.jinja_environment_kwargs = jinja_environment_kwargs
        self.render_template_as_native_obj = render_template_as_native_obj
        self.doc_md = self.get_doc_md(doc_md)
        self.tags = tags or []
        self._task_group = TaskGroup.create_root(self)
        self.validate_schedule_and_params()
        check_owner_links(self)
        self._processor_dags_folder: str | None = None
        validate_instance_args(self, DAG_ARGS_EXPECTED_TYPES)

    def __repr__(self) -> str:
        return f"<DAG: {self.dag_id}>"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return False
        return all(getattr(self, name, None) == getattr(other, name, None) for name in self._comps)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: DAG) -> bool:
        return self.dag_id < other.dag_id

    def __le__(self, other: DAG) -> bool:
        return self.dag_id <= other.dag_id

    def __gt__(self, other: DAG) -> bool:
        return self.dag_id > other.dag_id

    def __ge__(self, other: DAG) -> bool:
        return self.dag_id >= other.dag_id

    def __hash__(self) -> int:
        components: list[Any] = [type(self)]
        for name in self._comps:
            value = tuple(self.task_dict) if name == "task_ids" else getattr(self, name, None)
            try:
                hash(value)
            except TypeError:
                value = repr(value)
            components.append(value)
        return hash(tuple(components))

    def __enter__(self) -> DAG:
        DagContext.push_context_managed_dag(self)
        return self

    def __exit__(self, _type: Any, _value: Any, _tb: Any) -> None:
        DagContext.pop_context_managed_dag()

    def __deepcopy__(self, memo: dict[int, Any]) -> DAG:
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for name, value in self.__dict__.items():
            if name in ("user_defined_macros", "user_defined_filters", "_log"):
                # Functions and modules of the user's; some cannot be copied.
                result.__dict__[name] = value
            else:
                result.__dict__[name] = copy.deepcopy(value, memo)
        return result

    @property
    def dag_id(self) -> str:
        return self._dag_id

    @dag_id.setter
    def dag_id(self, value: str) -> None:
        self._dag_id = value

    @property
    def is_subdag(self) -> bool:
        return self.parent_dag is not None

    @property
    def max_active_tasks(self) -> int:
        return self._max_active_tasks

    @max_active_tasks.setter
    def max_active_tasks(self, value: int) -> None:
        self._max_active_tasks = value

    @property
    def access_control(self) -> Any:
        return self._access_control

    @access_control.setter
    def access_control(self, value: Any) -> None:
        self._access_control = read_access_control(value)

    @property
    def dag_display_name(self) -> str:
        return self._dag_display_property_value or self._dag_id

    @property
    def description(self) -> str | None:
        return self._description

    @property
    def default_view(self) -> str:
        return self._default_view

    def get_default_view(self) -> str:
        return self._default_view or _DEFAULT_VIEW

    @property
    def pickle_id(self) -> int | None:
        return self._pickle_id

    @pickle_id.setter
    def pickle_id(self, value: int) -> None:
        self._pickle_id = value

    @property
    def timezone(self) -> Any:
        """The time zone that the schedule is in: that of the start date."""
        if self._zone is None:
            from airflow import settings

            self._zone = settings.TIMEZONE
        return self._zone

    @timezone.setter
    def timezone(self, value: Any) -> None:
        self._zone = value

    @property
    def template_undefined(self) -> Any:
        """What Jinja makes of a name that it does not know."""
        if self._template_undefined is None:
            import jinja2

            return jinja2.StrictUndefined
        return self._template_undefined

    @template_undefined.setter
    def template_undefined(self, value: Any) -> None:
        self._template_undefined = value

    def param(self, name: str, default: Any = NOTSET) -> DagParam:
        """The value that a run has for a param, as an argument of a task."""
        return DagParam(current_dag=self, name=name, default=default)

    @property
    def task(self) -> Any:
        """`@dag.task`: the decorator `task` for this DAG."""
        import functools

        from airflow.decorators import task

        return functools.partial(task, dag=self)

    @property
    def relative_fileloc(self) -> Any:
        """The file, below the DAG folder where it is there."""
        import pathlib

        from airflow import settings

        path = pathlib.Path(self.fileloc)
        try:
            relative = path.relative_to(self._processor_dags_folder or settings.DAGS_FOLDER)
        except ValueError:
            return path
        return path if relative == pathlib.Path(".") else relative

    @property
    def folder(self) -> str:
        """The folder of its file."""
        import os

        return os.path.dirname(self.fileloc)

    @property
    def owner(self) -> str:
        """The owners of its tasks."""
        return ", ".join({task.owner for task in self.tasks})

    def resolve_template_files(self) -> None:
        """Reads the template files of its tasks."""
        for task in self.tasks:
            task.resolve_template_files()

    def get_template_env(self, *, force_sandboxed: bool = False) -> jinja2.Environment:
        """The Jinja environment of its templates."""
        import jinja2
        from airflow.templates import NativeEnvironment, SandboxedEnvironment

        options: dict[str, Any] = {
            "loader": jinja2.FileSystemLoader([self.folder, *(self.template_searchpath or ())]),
            "undefined": self.template_undefined,
            "extensions": ["jinja2.ext.do"],
            "cache_size": 0,
            **(self.jinja_environment_kwargs or {}),
        }
        is_native = self.render_template_as_native_obj and not force_sandboxed
        env: jinja2.Environment = (NativeEnvironment if is_native else SandboxedEnvironment)(**options)
        env.globals.update(self.user_defined_macros or {})
        env.filters.update(self.user_defined_filters or {})
        return env

    def get_edge_info(self, upstream_task_id: str, downstream_task_id: str) -> Any:
        """What is known of an arrow, such as its label."""
        empty = {"label": None}
        return self.edge_info.get(upstream_task_id, {}).get(downstream_task_id, empty)

    def set_edge_info(self, upstream_task_id: str, downstream_task_id: str, info: Any) -> None:
        self.edge_info.setdefault(upstream_task_id, {})[downstream_task_id] = info

    @classmethod
    def get_serialized_fields(cls) -> frozenset[str]:
        """The attributes that the serialized form may hold."""
        from airflow.models._serialized_fields import DAG_FIELDS

        return DAG_FIELDS


def _deprecated(message: str) -> None:
    from airflow._deprecation import warn

    warn(message)


def dag(
    dag_id: str = "",
    description: str | None = None,
    schedule: Any = NOTSET,
    schedule_interval: Any = NOTSET,
    timetable: Any = None,
    start_date: datetime.datetime | None = None,
    end_date: datetime.datetime | None = None,
    full_filepath: str | None = None,
    template_searchpath: str | Iterable[str] | None = None,
    template_undefined: type[jinja2.StrictUndefined] | None = None,
    user_defined_macros: dict[str, Any] | None = None,
    user_defined_filters: dict[str, Any] | None = None,
    default_args: dict[str, Any] | None = None,
    concurrency: int | None = None,
    max_active_tasks: int = _MAX_ACTIVE_TASKS,
    max_active_runs: int = _MAX_ACTIVE_RUNS,
    max_consecutive_failed_dag_runs: int = _MAX_FAILED_RUNS,
    dagrun_timeout: datetime.timedelta | None = None,
    sla_miss_callback: Any = None,
    default_view: str = _DECORATOR_VIEW,
    orientation: str = _ORIENTATION,
    catchup: bool = _CATCHUP,
    on_success_callback: Any = None,
    on_failure_callback: Any = None,
    doc_md: str | None = None,
    params: MutableMapping[str, Any] | None = None,
    access_control: dict[str, dict[str, Collection[str]]] | dict[str, Collection[str]] | None = None,
    is_paused_upon_creation: bool | None = None,
    jinja_environment_kwargs: dict[str, Any] | None = None,
    render_template_as_native_obj: bool = False,
    tags: list[str] | None = None,
    owner_links: dict[str, str] | None = None,
    auto_register: bool = True,
    fail_stop: bool = False,
    dag_display_name: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., DAG]]:
    """Makes a function one that makes a DAG. It takes the arguments of `DAG`.

        @dag(schedule="@daily", start_date=datetime(2024, 1, 1))
        def sales():
            load(extract())

        sales()

    The id of the DAG is the name of the function, and what the function says of itself is its documentation. Its
    parameters are params of the DAG.
    """
    arguments = locals().copy()
    import functools

    if callable(dag_id):
        raise TypeError("@dag has arguments: write `@dag()` with parentheses")

    def wrapper(function: Callable[..., Any]) -> Callable[..., DAG]:
        @functools.wraps(function)
        def factory(*args: Any, **kwargs: Any) -> DAG:
            import inspect

            bound = inspect.signature(function).bind(*args, **kwargs)
            bound.apply_defaults()
            with DAG(**{**arguments, "dag_id": dag_id or function.__name__}) as made:
                if function.__doc__ and not made.doc_md:
                    made.doc_md = function.__doc__
                caller = sys._getframe().f_back
                made.fileloc = caller.f_code.co_filename if caller else ""
                function(**{name: made.param(name, value) for name, value in bound.arguments.items()})
            return made

        return factory

    return wrapper

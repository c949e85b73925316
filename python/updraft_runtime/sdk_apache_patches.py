"""Replaces, in a task's process, the few spots of Airflow that would write to the database.

XComs that user code sets and the skips of branching operators go through the supervisor, so a
task that reads nothing needs no database connection. A process that user code forked off keeps
Airflow's own way: the channel belongs to the task's process alone.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from airflow.models import skipmixin, taskinstance
from airflow.models.abstractoperator import NotMapped
from airflow.models.expandinput import NotFullyPopulated
from airflow.models.renderedtifields import RenderedTaskInstanceFields
from airflow.models.skipmixin import SkipMixin
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import BaseXCom
from airflow.utils.db import LazySelectSequence
from airflow.utils.operator_helpers import KeywordParameters

from updraft_runtime import xcom_pull
from updraft_runtime.context import LazyContext, build_context
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.rendering import send_rendered_fields
from updraft_runtime.xcom import serialize

log = logging.getLogger("airflow.task")


class CurrentTry:
    """The try that this process runs."""

    link: SupervisorLink | None = None
    ti: Any = None
    message: Mapping[str, Any] = {}


_current = CurrentTry()


def install(link: SupervisorLink, ti: Any, message: Mapping[str, Any]) -> None:
    """Makes `ti` the try of this process. The patches do nothing without it."""
    _current.link = link
    _current.ti = ti
    _current.message = message


def current_try() -> Any:
    """The task instance whose try this process runs; None in a fork server."""
    return _current.ti


def uninstall() -> None:
    """Leaves this process without a try."""
    _current.link = _current.ti = None
    _current.message = {}


def prepare() -> None:
    """Puts the patches in place; once per process, in the fork server or in a child."""
    if getattr(BaseXCom.set, "__updraft__", False):
        return
    _replace(BaseXCom, "set", _xcom_set, classmethod)
    _replace(SkipMixin, "_set_state_to_skipped", _set_state_to_skipped, staticmethod)
    _replace(SkipMixin, "_skip_all_except", _skip_all_except, classmethod)
    _replace(RenderedTaskInstanceFields, "_update_runtime_evaluated_template_fields", _update_fields, classmethod)
    _replace(TaskInstance, "get_template_context", _get_template_context, None)
    _replace(taskinstance, "_xcom_pull", xcom_pull.pull, None)
    _replace(KeywordParameters, "determine", _determine, classmethod)
    _replace(KeywordParameters, "unpacking", _unpacking, None)


def _replace(owner: Any, name: str, function: Any, kind: Any) -> None:
    """Sets `owner.name` to `function`, which gets what it replaces as its first argument."""
    raw = inspect.getattr_static(owner, name)
    original = raw.__func__ if kind else raw
    replacement = functools.wraps(original)(functools.partial(function, original))
    # A partial is no method: wrap it, so that it binds like what it replaces.
    bound = functools.wraps(original)(lambda *args, **kwargs: replacement(*args, **kwargs))
    bound.__updraft__ = True
    setattr(owner, name, kind(bound) if kind else bound)


def _link() -> SupervisorLink | None:
    link = _current.link
    return link if link is not None and link.is_ours() else None


def _xcom_set(original: Any, cls: Any, *args: Any, **kwargs: Any) -> None:
    link = _link()
    call = _XCOM_SIGNATURE.bind(cls, *args, **kwargs).arguments
    run_id = call.get("run_id")
    if run_id is None and _is_own_execution_date(call):
        run_id = _current.ti.run_id
    if link is None or run_id is None:
        return original(cls, *args, **kwargs)
    key = {
        "key": call["key"],
        "dag_id": call["dag_id"],
        "task_id": call["task_id"],
        "run_id": run_id,
        "map_index": call.get("map_index", -1),
    }
    value = call["value"]
    if isinstance(value, LazySelectSequence):
        log.warning("XCom %s: reading all of a lazy sequence of mapped results to store it as a list", key["key"])
    link.set_xcom(key, serialize(cls, value=value, **key))
    return None


_XCOM_SIGNATURE = inspect.signature(inspect.unwrap(inspect.getattr_static(BaseXCom, "set").__func__))


def _is_own_execution_date(call: dict[str, Any]) -> bool:
    ti = _current.ti
    return ti is not None and call["dag_id"] == ti.dag_id and call.get("execution_date") == ti.dag_run.execution_date


def _set_state_to_skipped(original: Any, dag_run: Any, tasks: Any, session: Any) -> None:
    link = _link()
    if link is None or not _is_own_run(dag_run):
        return original(dag_run, tasks, session)
    if tasks:
        link.skip_tasks([instance for task in tasks for instance in _instances(task)])
    return None


def _instances(task: str | tuple[str, int]) -> list[tuple[str, int]]:
    """The task instances that a skipped task stands for.

    A task id alone means all of them. A task that is mapped over literals has its instances from
    the start of the run; any other mapped task has one unexpanded instance until its turn comes.
    """
    if isinstance(task, tuple):
        return [task]
    try:
        count = _current.ti.task.dag.get_task(task).get_parse_time_mapped_ti_count()
    except (NotMapped, NotFullyPopulated):
        count = 0
    return [(task, index) for index in range(-1, count)]


def _is_own_run(dag_run: Any) -> bool:
    return (dag_run.dag_id, dag_run.run_id) == (_current.ti.dag_id, _current.ti.run_id)


def _skip_all_except(original: Any, cls: Any, ti: Any, branch_task_ids: Any, session: Any = None) -> None:
    """Skips the direct successors that a branch does not follow.

    Airflow asks the database which of them have an instance with this map index. Here all of them
    are named: the supervisor changes those that exist.
    """
    link = _link()
    if link is None or ti is not _current.ti:
        return original(cls, ti=ti, branch_task_ids=branch_task_ids)
    followed = _branch_ids(branch_task_ids)
    log.info("Following branch %s", followed)
    dag = ti.task.dag
    unknown = followed - set(dag.task_ids)
    if unknown:
        raise skipmixin.AirflowException(f"a branch was chosen that is no task of {dag.dag_id}: {sorted(unknown)}")
    downstream = skipmixin._ensure_tasks(ti.task.downstream_list)
    if not downstream:
        return None
    # A join directly after the branch is also a successor of the followed task: it has to run.
    for task_id in list(followed):
        followed.update(dag.get_task(task_id).get_flat_relative_ids(upstream=False))
    skipped = [(task.task_id, ti.map_index) for task in downstream if task.task_id not in followed]
    log.info("Skipping tasks %s", skipped)
    if skipped:
        link.skip_tasks(skipped)
    ti.xcom_push(
        key=skipmixin.XCOM_SKIPMIXIN_KEY,
        value={skipmixin.XCOM_SKIPMIXIN_FOLLOWED: [t.task_id for t in downstream if t.task_id in followed]},
    )
    return None


def _branch_ids(chosen: Any) -> set[str]:
    if chosen is None:
        return set()
    if isinstance(chosen, str):
        return {chosen}
    if not isinstance(chosen, Iterable):
        raise skipmixin.AirflowException(
            f"a branch is None, a task id or several task ids, not a {type(chosen).__name__}"
        )
    found = set(chosen)
    if wrong := {(item, type(item).__name__) for item in found if not isinstance(item, str)}:
        raise skipmixin.AirflowException(f"a branch is chosen by task ids, which are text; found {wrong}")
    return found


def _update_fields(original: Any, cls: Any, ti: Any, **arguments: Any) -> None:
    """Renders again what a task computed while it ran, such as the command of `@task.bash`."""
    link = _link()
    if link is None or ti is not _current.ti:
        return original(cls, ti, **arguments)
    ti.render_templates()
    send_rendered_fields(link, ti.task)
    return None


def _get_template_context(original: Any, ti: Any, session: Any = None, ignore_param_exceptions: bool = True) -> Any:
    if _current.ti is None or ti is not _current.ti:
        return original(ti, session=session, ignore_param_exceptions=ignore_param_exceptions)
    return build_context(ti, ignore_param_exceptions=ignore_param_exceptions)


def _determine(original: Any, cls: Any, func: Any, args: Any, kwargs: Any) -> Any:
    found = original(cls, func, args, kwargs)
    if found._wildcard:
        found._named = frozenset(inspect.signature(func).parameters)
    return found


def _unpacking(original: Any, parameters: Any) -> Any:
    if parameters._wildcard and isinstance(parameters._kwargs, LazyContext):
        return parameters._kwargs.for_wildcard(getattr(parameters, "_named", frozenset()))
    return original(parameters)

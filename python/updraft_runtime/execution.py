"""Runs the user's code of one try: from rendering to `post_execute`, in Airflow's order."""

from __future__ import annotations

import contextlib
import inspect
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import jinja2
from airflow.exceptions import AirflowException, AirflowTaskTerminated, AirflowTaskTimeout
from airflow.listeners.listener import get_listener_manager
from airflow.models.base import _sentinel
from airflow.models.mappedoperator import MappedOperator
from airflow.models.taskinstance import set_current_context
from airflow.utils import timezone
from airflow.utils.context import context_get_outlet_events
from airflow.utils.operator_helpers import ExecutionCallableRunner, context_to_airflow_vars
from airflow.utils.state import TaskInstanceState
from airflow.utils.timeout import timeout

from updraft_runtime import callbacks, execution_metrics, plain_signal, rendering, xcom
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.xcom import SerializedXCom

log = logging.getLogger("airflow.task")


@dataclass
class Results:
    """What the execution leaves behind for the outcome, also when it fails later."""

    xcoms: list[SerializedXCom] = field(default_factory=list)
    task_map: dict[str, Any] | None = None


def execute(ti: Any, context: Any, link: SupervisorLink, results: Results) -> None:
    """Runs the task. An exception is the task's result and is classified by the caller."""
    with execution_metrics.timed(ti), _terminated_by_signal(ti):
        ti.task.params = context["params"]
        with set_current_context(context):
            original_task, environment = rendering.render_task(ti, context)
        rendering.send_rendered_fields(link, ti.task)
        _export_variables(ti, context)
        ti.task.pre_execute(context=context)
        callbacks.run_execute_callbacks(ti.task, context)
        callbacks.notify("on_task_instance_running", previous_state=TaskInstanceState.QUEUED, task_instance=ti)
        with set_current_context(context), _map_index_rendered(ti, context, environment):
            returned = _execute_within_limit(ti, context, link)
            results.xcoms = xcom.of_result(ti, returned)
            if _is_result_read_before_the_end(ti.task):
                _push_now(ti, link, results)
            results.task_map = xcom.task_map(original_task, returned)
        ti.task.post_execute(context=context, result=returned)
    execution_metrics.succeeded(ti)


@contextlib.contextmanager
def _terminated_by_signal(ti: Any) -> Iterator[None]:
    """SIGTERM calls the task's `on_kill` and raises `AirflowTaskTerminated`."""
    own_pid = os.getpid()

    def terminate(_signal: int, _frame: Any) -> None:
        if os.getpid() != own_pid:
            # A process that the task forked off: its end is not the task's end.
            os._exit(1)
        log.error("Received SIGTERM. Ending the task.")
        log.error("Stack:\n%s", "".join(traceback.format_stack()))
        ti.task.on_kill()
        raise AirflowTaskTerminated("Task received SIGTERM signal")

    plain_signal.set_handler(plain_signal.SIGTERM, terminate)
    try:
        yield
    finally:
        plain_signal.set_handler(plain_signal.SIGTERM, callbacks.interrupt)


def _export_variables(ti: Any, context: Any) -> None:
    variables = context_to_airflow_vars(context, in_env_var_format=True)
    os.environ.update(variables)
    if not ti.next_method:
        log.info("Exporting env vars: %s", " ".join(f"{name}={value!r}" for name, value in variables.items()))


@contextlib.contextmanager
def _map_index_rendered(ti: Any, context: Any, environment: jinja2.Environment | None) -> Iterator[None]:
    """Renders the map index template after the task; its errors must not hide the task's own."""
    try:
        yield
    except Exception:
        with contextlib.suppress(jinja2.TemplateSyntaxError, jinja2.UndefinedError):
            ti.rendered_map_index = rendering.render_map_index(context, environment)
        raise
    ti.rendered_map_index = rendering.render_map_index(context, environment)


def _execute_within_limit(ti: Any, context: Any, link: SupervisorLink) -> Any:
    task = ti.task
    if isinstance(task, MappedOperator):
        raise AirflowException("a mapped task was not unmapped before its execution")
    limit = task.execution_timeout
    if limit is None:
        return _call_operator(ti, context)
    seconds = limit.total_seconds()
    if ti.next_method and ti.start_date:
        seconds -= (timezone.utcnow() - ti.start_date).total_seconds()
    try:
        if seconds <= 0:
            raise AirflowTaskTimeout()
        link.send({"type": "execution_timeout", "seconds": seconds})
        with timeout(seconds):
            return _call_operator(ti, context)
    except AirflowTaskTimeout:
        task.on_kill()
        raise


def _call_operator(ti: Any, context: Any) -> Any:
    function, arguments = _entry_point(ti)
    own_pid = os.getpid()
    log.info("::endgroup::")
    try:
        if inspect.isgeneratorfunction(function):
            runner = ExecutionCallableRunner(function, context_get_outlet_events(context), logger=log)
            return runner.run(context=context, **arguments)
        return function(context=context, **arguments)
    except SystemExit as ending:
        if ending.code not in (None, 0):
            raise
        return None
    finally:
        # What was printed without a newline belongs to the task's own part of the log.
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        if os.getpid() != own_pid:
            # The task forked, and its child came back here: the try is the parent's to end.
            os._exit(1 if sys.exc_info()[1] else 0)


def _entry_point(ti: Any) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The operator's method to call. The sentinel tells Airflow that the call comes from a runner."""
    task = ti.task
    sentinel = {f"{type(task).__name__}__sentinel": _sentinel}
    if ti.next_method:
        arguments = dict(ti.next_kwargs or {})
        if ti.next_method == "execute":
            arguments.update(sentinel)
        return task.resume_execution, {"next_method": ti.next_method, "next_kwargs": arguments}
    return task.execute, sentinel if task.execute.__name__ == "execute" else {}


def _is_result_read_before_the_end(task: Any) -> bool:
    """Whether code that runs after `execute` may pull the result.

    The result normally travels with the outcome, which saves a round trip.
    """
    from airflow.models.baseoperator import BaseOperator

    return bool(
        task.on_success_callback
        or task._post_execute_hook
        or _bare(type(task).post_execute) is not _bare(BaseOperator.post_execute)
        or get_listener_manager().has_listeners
    )


def _bare(method: Any) -> Any:
    return getattr(method, "__wrapped__", method)


def _push_now(ti: Any, link: SupervisorLink, results: Results) -> None:
    key = {"dag_id": ti.dag_id, "task_id": ti.task_id, "run_id": ti.run_id, "map_index": ti.map_index}
    for item in results.xcoms:
        link.set_xcom({"key": item.key, **key}, item.value)
    results.xcoms = []

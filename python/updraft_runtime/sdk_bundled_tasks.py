"""Runs tasks with the bundled API: light objects, and requests on the task's socket instead of a database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from airflow import _supervisor
from airflow.models.dagrun import DagRun
from airflow.models.renderedtifields import RenderedTaskInstanceFields
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import LazyXComSelectSequence
from airflow.utils._lazy_proxy import LazyProxy
from airflow.utils.context import InletEventsAccessors

from updraft_runtime import lifeline, sdk_bundled_logging
from updraft_runtime.execution_link import SupervisorLink

log = logging.getLogger("airflow.task")

#: Stands for a value until somebody uses it.
Proxy = LazyProxy

#: Values of several XComs, made when they are used.
LAZY_SEQUENCE = LazyXComSelectSequence

attach_log = sdk_bundled_logging.attach


def session() -> AbstractContextManager[None]:
    """There is none; signatures have it."""
    return nullcontext()


def set_title(title: str) -> None:
    """What process lists show."""
    lifeline.name_process(title[:15])


def prepare() -> None:
    """There is nothing to make ready."""


def install(link: SupervisorLink, ti: Any, message: Mapping[str, Any]) -> None:
    """Makes `ti` the try of this process."""
    from updraft_runtime.rendering import send_rendered_fields

    def send(task: Any) -> None:
        send_rendered_fields(link, task)

    _supervisor.install(link)
    RenderedTaskInstanceFields._send = staticmethod(send)


def uninstall() -> None:
    """Leaves this process without a try."""
    _supervisor.uninstall()
    RenderedTaskInstanceFields._send = None


def build(message: Any, task: Any) -> Any:
    """The task instance of a `run_task` message, with its run."""
    from airflow import settings

    row = {**message["task_instance"], "executor_config": task.executor_config}
    ti = TaskInstance._of_row(row, task, DagRun._of_row(message["dag_run"], message.blob))
    settings.task_instance_mutation_hook(ti)
    # The hook may set attributes that are no columns; the columns are the row's.
    ti._take(row, task, ti.dag_run)
    return ti


def current(ti: Any) -> AbstractContextManager[None]:
    """Nothing looks for a session."""
    return nullcontext()


def state_now(ti: Any) -> str | None:
    """The state in the database: SIGTERM may mean that a user has ended or cleared the instance."""
    try:
        ti.state = _supervisor.get_task_instance_state()
    except Exception:
        log.exception("Cannot read the state of the task instance; taking it as running")
    return ti.state


def unmap(ti: Any, context: Any) -> Any:
    """The operator of this instance of a mapped task."""
    return ti.task.unmap((context, None))


def inlet_events(task: Any) -> Any:
    return InletEventsAccessors(task.inlets)


def triggering_events(dag_run: Any) -> dict[str, list[Any]]:
    """The dataset events that led to this run, by URI."""
    from airflow.models.dataset import triggering_events

    return triggering_events(dag_run)


def macros() -> Any:
    from airflow import macros

    return macros

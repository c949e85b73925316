"""Runs tasks with stock Airflow: real ORM objects, and sessions that connect when they are used."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import lazy_object_proxy
from airflow.models.taskinstance import TaskInstance
from airflow.utils.context import InletEventsAccessors
from airflow.utils.db import LazySelectSequence
from airflow.utils.session import create_session
from airflow.utils.task_instance_session import set_current_task_instance_session
from setproctitle import setproctitle
from sqlalchemy import select

from updraft_runtime import sdk_apache_logging
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.sdk_apache_rows import build_dag_run, build_task_instance, private_session, session_of

log = logging.getLogger("airflow.task")

#: Stands for a value until somebody uses it.
Proxy = lazy_object_proxy.Proxy

#: Values of several XComs, read when they are used.
LAZY_SEQUENCE = LazySelectSequence

attach_log = sdk_apache_logging.attach
set_title = setproctitle
session = create_session


def prepare() -> None:
    """Makes this process ready to run a try; may be called again."""
    from updraft_runtime import sdk_apache_patches

    sdk_apache_patches.prepare()


def install(link: SupervisorLink, ti: Any, message: Mapping[str, Any]) -> None:
    """Makes `ti` the try of this process."""
    from updraft_runtime import sdk_apache_patches

    sdk_apache_patches.install(link, ti, message)


def build(message: Any, task: Any) -> Any:
    """The task instance of a `run_task` message, with its run."""
    return build_task_instance(message["task_instance"], task, build_dag_run(message["dag_run"], message.blob))


def current(ti: Any) -> AbstractContextManager[Any]:
    """The session that Airflow's own code finds while the task runs."""
    return set_current_task_instance_session(session=session_of(ti.dag_run, ti))


def state_now(ti: Any) -> str | None:
    """The state in the database: SIGTERM may mean that a user has ended or cleared the instance."""
    try:
        with create_session() as session:
            ti.state = session.scalar(select(TaskInstance.state).where(TaskInstance.filter_for_tis([ti])))
    except Exception:
        log.exception("Cannot read the state of the task instance; taking it as running")
    return ti.state


def unmap(ti: Any, context: Any) -> Any:
    """The operator of this instance of a mapped task."""
    return ti.task.unmap((context, private_session()))


def inlet_events(task: Any) -> Any:
    return InletEventsAccessors(task.inlets, session=private_session())


def triggering_events(dag_run: Any) -> dict[str, list[Any]]:
    """The dataset events that led to this run, by URI."""
    # Events are read through a copy that belongs to a session, because their relations are lazy.
    attached = private_session().merge(dag_run, load=False)
    events: dict[str, list[Any]] = defaultdict(list)
    for event in attached.consumed_dataset_events:
        if event.dataset:
            events[event.dataset.uri].append(event)
    return events


def macros() -> Any:
    from airflow import macros
    from airflow.plugins_manager import integrate_macros_plugins

    integrate_macros_plugins()
    return macros

"""The task role: runs one try of one task instance in a process of its own.

The process was forked by the fork server and holds the channel to
the supervisor; `message` is `run_task` (docs/child-protocol.md).
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from airflow.listeners.listener import get_listener_manager
from airflow.utils import timezone
from airflow.utils.dag_parsing_context import _airflow_parsing_context_manager

from updraft_runtime import execution_metrics, loader, outcome, task_logging, warm
from updraft_runtime.context import build_context
from updraft_runtime.execution import Results
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.frames import Channel, Message, SupervisorGone
from updraft_runtime.sdk_tasks import tasks

TASK_LOGGER = task_logging.TASK_LOGGER
DAG_BAG_LOGGER = "airflow.models.dagbag.DagBag"

log = logging.getLogger(TASK_LOGGER)


class TaskCommandMarker:
    """Tells lifecycle listeners which component they are called from, by Airflow's own name."""


@dataclass
class Attempt:
    """One try, ready to run."""

    link: SupervisorLink
    ti: Any
    message: Message


def run(channel: Channel, log_fd: int | None, message: Message) -> int:
    """Runs the try and reports its outcome; returns the exit code of the process."""
    began = timezone.utcnow()
    link = SupervisorLink(channel)
    tasks.prepare()
    tasks.set_title("airflow task runner: {dag_id} {task_id} {run_id} {job_id}".format_map(message))
    if log_fd is not None:
        tasks.attach_log(log_fd)
    with task_logging.redirected_output(log):
        log.info("::group::Pre task execution logs")
        try:
            ti = load_task_instance(message)
        except BaseException as error:  # noqa: BLE001 - a DAG file may raise or exit as it likes
            return _report_unloadable(link, message, error)
        with _lifecycle():
            try:
                return _run_loaded(Attempt(link, ti, message), began)
            except SupervisorGone:
                log.error("The connection to the supervisor is lost, so this try ends without an outcome")
                return 1


def load_task_instance(message: Message) -> Any:
    """Imports the DAG file, unless a warm process has done so, and builds the try's objects."""
    # Airflow's task log has no line about the parsing, which its supervisor process does. An import
    # error is not lost by this: it comes as an exception.
    logging.getLogger(DAG_BAG_LOGGER).disabled = True
    # Only an import of the file looks at it.
    parsing = (
        contextlib.nullcontext()
        if warm.is_warm(message["path"])
        else _airflow_parsing_context_manager(dag_id=message["dag_id"], task_id=message["task_id"])
    )
    with parsing:
        dag = loader.load_dag(message["path"], message["dags_folder"], message["dag_id"])
    task = dag.get_task(message["task_id"]).prepare_for_execution()
    return tasks.build(message, task)


def _run_loaded(attempt: Attempt, began: Any) -> int:
    ti, link = attempt.ti, attempt.link
    ti.raw = True
    task_logging.set_context(ti)
    tasks.install(link, ti, attempt.message)
    _log_start(ti, attempt.message)
    execution_metrics.started(ti)
    results = Results()
    with tasks.current(ti):
        try:
            context = build_context(ti, ignore_param_exceptions=False)
        except Exception as error:
            context = build_context(ti, ignore_param_exceptions=True)
            ended = outcome.fail(ti, context, error)
        else:
            mark_success = bool(attempt.message.get("mark_success"))
            ended = outcome.run_try(ti, context, link, results, mark_success=mark_success)
    _flush()
    outcome.report(link, ti, ended, results, began)
    return ended.exit_code


def _log_start(ti: Any, message: Message) -> None:
    log.info("Starting attempt %s of %s", ti.try_number, ti.max_tries + 1)
    if message.get("mark_success"):
        log.info("Marking success for %s on %s", ti.task, ti.execution_date)
    else:
        log.info("Executing %s on %s", ti.task, ti.execution_date)
    log.info("Running %s on host %s in process %s", ti, ti.hostname, os.getpid())


@contextlib.contextmanager
def _lifecycle() -> Iterator[None]:
    """The two lifecycle hooks that Airflow's task process calls."""
    manager = get_listener_manager()
    if not manager.has_listeners:
        yield
        return
    try:
        manager.hook.on_starting(component=TaskCommandMarker())
    except Exception:
        log.exception("A listener failed")
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            manager.hook.before_stopping(component=TaskCommandMarker())


def _report_unloadable(link: SupervisorLink, message: Message, error: BaseException) -> int:
    """The DAG file cannot be imported or lacks the task: no callbacks, because they are in it."""
    log.error("The task cannot be loaded from %s", message["path"], exc_info=error)
    log.info("::group::Post task execution logs")
    retry = message["try_number"] <= message["max_tries"]
    state = "up_for_retry" if retry else "failed"
    log.info("Marking task as %s. dag_id=%s, task_id=%s", state.upper(), message["dag_id"], message["task_id"])
    link.send(
        {
            "type": "outcome",
            "state": state,
            "end_date": timezone.utcnow().isoformat(),
            "exception": outcome.described(error),
            "xcoms": [],
        }
    )
    return 1


def _flush() -> None:
    """Everything that the task logged is in its file before the supervisor hears of the end."""
    for handler in logging.getLogger().handlers:
        with contextlib.suppress(Exception):
            handler.flush()

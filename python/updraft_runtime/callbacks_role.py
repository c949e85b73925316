"""The callback role: what a try owes its DAG when its process died without an outcome."""

from __future__ import annotations

import logging

from updraft_runtime import callbacks, outcome, task_logging, task_runner
from updraft_runtime.context import build_context
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.frames import Channel, Message
from updraft_runtime.sdk_tasks import tasks

log = logging.getLogger("airflow.task")


def run(channel: Channel, log_fd: int | None, message: Message) -> int:
    """Runs listeners, e-mail and callbacks for the state in the message's task instance row."""
    link = SupervisorLink(channel)
    tasks.prepare()
    if log_fd is not None:
        tasks.attach_log(log_fd)
    problem = None
    with task_logging.redirected_output(log):
        try:
            _run_callbacks(link, message)
        except BaseException as error:  # noqa: BLE001 - also a DAG file that exits at import
            log.error("The callbacks of the task could not be run", exc_info=error)
            problem = f"{type(error).__name__}: {error}"
    link.send({"type": "callback_done", "error": problem})
    return 0 if problem is None else 1


def _run_callbacks(link: SupervisorLink, message: Message) -> None:
    ti = task_runner.load_task_instance(message)
    task_logging.set_context(ti)
    tasks.install(link, ti, message)
    reason = message.get("reason") or "the task's process ended without an outcome"
    with tasks.current(ti):
        context = build_context(ti, ignore_param_exceptions=True)
        context["exception"] = reason
        callbacks.notify_ended("on_task_instance_failed", task_instance=ti, error=reason)
        task = outcome.unmapped(ti, context)
        if task is not None:
            outcome.run_failure_callbacks(ti, task, context, reason)

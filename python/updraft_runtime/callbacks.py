"""Callbacks, listeners and e-mails of a try, and the callback role.

Whatever fails here is logged and changes no state.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from airflow.exceptions import AirflowTaskTerminated, AirflowTaskTimeout
from airflow.listeners.listener import get_listener_manager
from airflow.utils.state import TaskInstanceState

from updraft_runtime.sdk_tasks import tasks

log = logging.getLogger("airflow.task")

#: What user code may raise here without taking the outcome with it. A callback that calls
#: sys.exit or meets SIGTERM must not undo a task that has ended.
_CONTAINED = (Exception, SystemExit, AirflowTaskTerminated, AirflowTaskTimeout)


_interruptible = False


def interrupt(_signal: int, _frame: Any) -> None:
    """SIGTERM once the end of the try is decided: it ends a callback that hangs, and nothing else.

    The outcome still has to be reported.
    """
    if _interruptible:
        raise AirflowTaskTerminated("Task received SIGTERM signal")


@contextlib.contextmanager
def _contained(message: str, *arguments: Any) -> Iterator[None]:
    global _interruptible
    try:
        try:
            _interruptible = True
            yield
        finally:
            _interruptible = False
    except _CONTAINED:
        log.exception(message, *arguments)


def _listed(callbacks: Any) -> Iterable[Callable[[Any], Any]]:
    if not callbacks:
        return []
    return callbacks if isinstance(callbacks, list) else [callbacks]


def run_execute_callbacks(task: Any, context: Any) -> None:
    for callback in _listed(task.on_execute_callback):
        try:
            callback(context)
        except Exception:
            log.exception("An on_execute_callback failed")


def run_finished_callbacks(callbacks: Any, context: Any) -> None:
    for index, callback in enumerate(_listed(callbacks)):
        name = getattr(callback, "__name__", None) or type(callback).__name__
        log.info("Callback %d, %s, begins", index, name)
        with _contained("Callback %d, %s, failed", index, name):
            callback(context)


def notify(hook: str, **arguments: Any) -> None:
    """Calls a listener hook. Without listeners it costs nothing, not even a session."""
    manager = get_listener_manager()
    if not manager.has_listeners:
        return
    with tasks.session() as session:
        getattr(manager.hook, hook)(**arguments, session=session)


def notify_ended(hook: str, **arguments: Any) -> None:
    """Calls a listener hook about the end of a task instance."""
    with _contained("A listener failed"):
        notify(hook, previous_state=TaskInstanceState.RUNNING, **arguments)


def send_email(ti: Any, task: Any, error: Any) -> None:
    with _contained("Could not send an e-mail to %s", task.email):
        ti.email_alert(error, task)


def run(channel: Any, log_fd: int | None, message: Any) -> int:
    """The callback role; returns the exit code of the process."""
    from updraft_runtime import callbacks_role

    return callbacks_role.run(channel, log_fd, message)

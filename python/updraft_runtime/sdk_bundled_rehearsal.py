"""The rehearsal of tasks with the bundled API (`rehearsal`): no listener or policy takes part in it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Iterator

from airflow import settings
from airflow.listeners.listener import get_listener_manager

from updraft_runtime import rehearsal, sdk_bundled_tasks, task_runner


def rehearse() -> None:
    """Does nothing where user code would take part."""
    # Looking one policy up imports the module of the user's, if there is one.
    _ = settings.task_instance_mutation_hook
    if get_listener_manager().has_listeners or "airflow_local_settings" in sys.modules:
        return
    rehearsal.perform(_restored())


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """Puts back what a task changes in its process."""
    environment, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)
    names = (None, task_runner.TASK_LOGGER, task_runner.DAG_BAG_LOGGER)
    loggers = [
        (logger, logger.handlers[:], logger.level, logger.propagate, logger.disabled)
        for logger in map(logging.getLogger, names)
    ]
    for logger, *_ in loggers:
        logger.handlers[:] = []
    rename, sdk_bundled_tasks.set_title = sdk_bundled_tasks.set_title, lambda _title: None
    try:
        yield
    finally:
        sdk_bundled_tasks.uninstall()
        sdk_bundled_tasks.set_title = rename
        for logger, handlers, level, propagate, disabled in loggers:
            logger.handlers[:] = handlers
            logger.propagate, logger.disabled = propagate, disabled
            if logger.level != level:
                logger.setLevel(level)
        signal.signal(signal.SIGTERM, handler)
        os.environ.clear()
        os.environ.update(environment)

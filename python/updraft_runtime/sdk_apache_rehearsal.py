"""The rehearsal of tasks with stock Airflow (`rehearsal`): no listener, policy or metric takes part in it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Iterator

from airflow import settings
from airflow.listeners.listener import get_listener_manager
from airflow.metrics.base_stats_logger import NoStatsLogger
from airflow.stats import Stats
from airflow.utils.log.file_task_handler import FileTaskHandler

from updraft_runtime import rehearsal, sdk_apache_patches, sdk_apache_rows, sdk_apache_tasks, task_runner


def rehearse() -> None:
    """Does nothing where user code would take part: a listener, a policy or a sink for metrics."""
    policies = len(settings.POLICY_PLUGIN_MANAGER.get_plugins())
    if get_listener_manager().has_listeners or policies > 1 or not isinstance(Stats.instance, NoStatsLogger):
        return
    rehearsal.perform(_restored())


@contextlib.contextmanager
def _restored() -> Iterator[None]:
    """Puts back what a task changes in its process."""
    environment, handler = dict(os.environ), signal.getsignal(signal.SIGTERM)
    root, task_logger = logging.getLogger(), logging.getLogger(task_runner.TASK_LOGGER)
    loggers = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in (root, task_logger)]
    bag_logger = logging.getLogger(task_runner.DAG_BAG_LOGGER)
    masks, disabled = settings.MASK_SECRETS_IN_LOGS, bag_logger.disabled
    # What a user configured beside Airflow's own handler would tell the world of the rehearsal.
    task_logger.handlers[:] = [handler for handler in task_logger.handlers if isinstance(handler, FileTaskHandler)]
    root.handlers[:] = []
    # A process that was renamed shows neither its arguments nor its environment in /proc any more.
    rename, sdk_apache_tasks.set_title = sdk_apache_tasks.set_title, lambda _title: None
    try:
        yield
    finally:
        sdk_apache_patches.uninstall()
        sdk_apache_rows.release()
        for logger, handlers, level, propagate in loggers:
            logger.handlers[:] = handlers
            if logger.level != level:
                logger.setLevel(level)
            logger.propagate = propagate
        settings.MASK_SECRETS_IN_LOGS, bag_logger.disabled = masks, disabled
        signal.signal(signal.SIGTERM, handler)
        sdk_apache_tasks.set_title = rename
        os.environ.clear()
        os.environ.update(environment)

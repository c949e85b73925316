"""Importing this module makes a process ready to run tasks with stock Airflow as the SDK.

The fork server imports it once. Everything here was found by watching what a forked task imports,
compiles or looks up at its first use. Nothing connects anywhere: the engine that is made has no
pool, and its first connection is made by the child that needs one.
"""

from __future__ import annotations

import importlib
import logging

from airflow import settings
from sqlalchemy.orm import configure_mappers

log = logging.getLogger(__name__)

#: Imported by tasks at their first use, or by most DAG files.
MODULES = (
    "_strptime",
    "airflow.datasets.metadata",
    "airflow.decorators",
    "airflow.exceptions",
    "airflow.hooks.base",
    "airflow.hooks.subprocess",
    "airflow.listeners.listener",
    "airflow.macros",
    "airflow.models",
    "airflow.models.dag",
    "airflow.models.dagbag",
    "airflow.models.param",
    "airflow.models.renderedtifields",
    "airflow.models.serialized_dag",
    "airflow.models.skipmixin",
    "airflow.models.taskinstance",
    "airflow.models.taskmap",
    "airflow.models.trigger",
    "airflow.models.xcom",
    "airflow.operators.bash",
    "airflow.operators.branch",
    "airflow.operators.empty",
    "airflow.operators.latest_only",
    "airflow.operators.python",
    "airflow.operators.subdag",
    "airflow.operators.trigger_dagrun",
    "airflow.providers_manager",
    "airflow.sensors.base",
    "airflow.sensors.python",
    "airflow.stats",
    "airflow.templates",
    "airflow.utils.email",
    "airflow.utils.task_group",
    "airflow.utils.trigger_rule",
    "encodings.ascii",
    "jinja2.ext",
    "jsonschema",
    "pty",
    # Airflow shows warnings with it.
    "rich.console",
    "rich.markup",
    "updraft_runtime.task_runner",
    "updraft_runtime.callbacks",
)

CORE_EXECUTORS = ("LocalExecutor", "SequentialExecutor")


def _import_modules() -> None:
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            # A task that needs it will say so; the others must not suffer.
            log.warning("cannot import %s in advance", name, exc_info=True)


def _use_once() -> None:
    """Runs what fills caches or imports on the way, with harmless arguments."""
    from airflow.configuration import conf
    from airflow.executors.executor_loader import ExecutorLoader
    from airflow.listeners.listener import get_listener_manager
    from airflow.models.param import Param
    from airflow.models.xcom import XCom
    from airflow.plugins_manager import integrate_macros_plugins
    from airflow.stats import Stats
    from airflow.templates import NativeEnvironment, SandboxedEnvironment
    from airflow.utils.log.secrets_masker import redact

    configure_mappers()
    integrate_macros_plugins()
    get_listener_manager()
    Param(1, type="integer").resolve()
    XCom.serialize_value({"key": ["value"]})
    Stats.timer  # noqa: B018 - the first access makes the client
    if conf.get_mandatory_value("core", "executor") in CORE_EXECUTORS:
        # A sensor asks its executor's class for the mode. Others may be costly to import.
        ExecutorLoader.import_default_executor_cls()
    redact({"password": "x", "text": "x"}, "field")
    for environment in (SandboxedEnvironment, NativeEnvironment):
        for extensions in ([], ["jinja2.ext.do"]):
            environment(cache_size=0, extensions=extensions).from_string("{{ key }}{% if key %}{% endif %}").render()


def _without_pool() -> None:
    """An engine whose connections are closed after use, as `airflow tasks run` has."""
    settings.reconfigure_orm(disable_connection_pool=True)


_import_modules()
_without_pool()
_use_once()

from updraft_runtime import sdk_apache_patches  # noqa: E402 - needs the modules above

sdk_apache_patches.prepare()

from updraft_runtime import sdk_apache_rehearsal  # noqa: E402 - runs with the replacements in place

try:
    sdk_apache_rehearsal.rehearse()
except Exception:  # noqa: BLE001 - a user's policy may refuse the task; it is a rehearsal only
    log.debug("The rehearsal of a task failed", exc_info=True)

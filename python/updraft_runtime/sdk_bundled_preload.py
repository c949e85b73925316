"""Importing this module makes a process ready to run tasks with the bundled API.

The fork server imports it once. Everything here was found by watching what a forked task imports,
compiles or looks up at its first use.
"""

from __future__ import annotations

import importlib
import logging

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
    "airflow.models.connection",
    "airflow.models.dag",
    "airflow.models.dagbag",
    "airflow.models.param",
    "airflow.models.variable",
    "airflow.models.xcom",
    "airflow.operators.bash",
    "airflow.operators.branch",
    "airflow.operators.empty",
    "airflow.operators.latest_only",
    "airflow.operators.python",
    "airflow.operators.trigger_dagrun",
    "airflow.sensors.base",
    "airflow.sensors.python",
    "airflow.templates",
    "airflow.timetables._cron_column",
    "airflow.timetables._cron_expression",
    "airflow.utils.json",
    "airflow.utils.task_group",
    "airflow.utils.trigger_rule",
    "encodings.ascii",
    "jinja2.ext",
    "pendulum",
    "updraft_runtime.task_runner",
    "updraft_runtime.callbacks",
)


def _import_modules() -> None:
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            # A task that needs it will say so; the others must not suffer.
            log.warning("cannot import %s in advance", name, exc_info=True)


def _use_once() -> None:
    """Runs what fills caches or imports on the way, with harmless arguments."""
    from airflow.models.xcom import XCom
    from airflow.templates import NativeEnvironment, SandboxedEnvironment
    from airflow.utils.log.secrets_masker import redact

    XCom.deserialize_value(XCom(value=XCom.serialize_value({"key": ["value"]})))
    redact({"password": "x", "text": "x"}, "field")
    for environment in (SandboxedEnvironment, NativeEnvironment):
        for extensions in ([], ["jinja2.ext.do"]):
            environment(cache_size=0, extensions=extensions).from_string("{{ key }}{% if key %}{% endif %}").render()


def _set_level() -> None:
    """A change of the level empties the caches of all loggers, so it is made once and not in every task."""
    from updraft_runtime import sdk_bundled_logging

    logging.getLogger().setLevel(sdk_bundled_logging._level())


_import_modules()
_use_once()
_set_level()

from updraft_runtime import sdk_bundled_rehearsal  # noqa: E402 - needs the modules above

try:
    sdk_bundled_rehearsal.rehearse()
except Exception:  # noqa: BLE001 - a user's module may be broken; it is a rehearsal only
    log.debug("The rehearsal of a task failed", exc_info=True)

"""The rehearsal leaves no trace in the process, and user code never hears of it."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest
from airflow import settings
from airflow.listeners import hookimpl
from airflow.listeners.listener import get_listener_manager

from updraft_runtime import outcome, sdk_apache_patches, sdk_apache_rehearsal


def traces() -> dict[str, object]:
    # As the fork server does before it serves: a pipe of a shell may be part of a cycle.
    gc.collect()
    loggers = [logging.getLogger(name) for name in (None, "airflow.task", "airflow.models.dagbag.DagBag")]
    return {
        "environment": dict(os.environ),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "signal": signal.getsignal(signal.SIGTERM),
        "loggers": [(logger.handlers[:], logger.level, logger.propagate, logger.disabled) for logger in loggers],
        "masks": settings.MASK_SECRETS_IN_LOGS,
        "try": sdk_apache_patches.current_try(),
    }


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The states that reported tries ended in."""
    seen: list[str] = []
    report = outcome.report

    def recorded(link: object, ti: object, ended: outcome.Outcome, *rest: object) -> None:
        seen.append(str(ended.state))
        report(link, ti, ended, *rest)

    monkeypatch.setattr(outcome, "report", recorded)
    return seen


def test_runs_tasks_and_restores_the_process(outcomes: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    before = traces()
    sdk_apache_rehearsal.rehearse()
    assert traces() == before
    assert set(outcomes) == {"success"}
    assert capfd.readouterr() == ("", "")


def test_the_process_is_not_renamed(tmp_path: Path) -> None:
    """What renames a process wipes its environment in /proc, by which it is found."""
    folder = os.path.dirname(os.path.dirname(sdk_apache_rehearsal.__file__))
    code = (
        # At the end, as for the fork server: another `airflow` may lie beside the runtime.
        f"import sys; sys.path.append({folder!r})\n"
        "from updraft_runtime import sdk_apache_rehearsal\n"
        "shown = lambda: [open(f'/proc/self/{name}').read() for name in ('cmdline', 'environ', 'comm')]\n"
        "before = shown()\n"
        "sdk_apache_rehearsal.rehearse()\n"
        "assert shown() == before\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_a_listener_is_not_told(outcomes: list[str]) -> None:
    class Listener:
        @hookimpl
        def on_task_instance_running(self, previous_state, task_instance, session):
            pytest.fail("the listener heard of the rehearsal")

    listener = Listener()
    manager = get_listener_manager()
    manager.pm.register(listener)
    try:
        sdk_apache_rehearsal.rehearse()
    finally:
        manager.pm.unregister(listener)
    assert outcomes == []


def test_a_policy_is_not_asked(outcomes: list[str]) -> None:
    from airflow.policies import hookimpl as policy

    module = types.ModuleType("users_policies")

    def task_instance_mutation_hook(task_instance):
        pytest.fail("the policy was asked about the rehearsal")

    module.task_instance_mutation_hook = policy(task_instance_mutation_hook)
    settings.POLICY_PLUGIN_MANAGER.register(module)
    try:
        sdk_apache_rehearsal.rehearse()
    finally:
        settings.POLICY_PLUGIN_MANAGER.unregister(module)
    assert outcomes == []

"""The rehearsal leaves no trace in the process, and user code never hears of it."""

from __future__ import annotations

import gc
import logging
import os
import signal

import pytest
from airflow import _supervisor, settings
from airflow.listeners import hookimpl
from airflow.listeners.listener import get_listener_manager
from airflow.models.renderedtifields import RenderedTaskInstanceFields

from updraft_runtime import outcome, sdk_bundled_rehearsal, warm


def traces() -> dict[str, object]:
    gc.collect()
    loggers = [logging.getLogger(name) for name in (None, "airflow.task", "airflow.models.dagbag.DagBag")]
    with open("/proc/self/comm", encoding="ascii") as comm:
        name = comm.read()
    return {
        "environment": dict(os.environ),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": len(os.listdir("/proc/self/task")),
        "name": name,
        "signal": signal.getsignal(signal.SIGTERM),
        "loggers": [(logger.handlers[:], logger.level, logger.propagate, logger.disabled) for logger in loggers],
        "connected": _supervisor.is_connected(),
        "send": RenderedTaskInstanceFields._send,
        "warm": dict(warm._kept),
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


def test_runs_tasks_and_restores_the_process(outcomes, capfd):
    before = traces()
    sdk_bundled_rehearsal.rehearse()
    assert traces() == before
    assert set(outcomes) == {"success"}
    assert capfd.readouterr() == ("", "")


def test_a_listener_is_not_told(outcomes):
    class Listener:
        @hookimpl
        def on_task_instance_running(self, previous_state, task_instance, session):
            pytest.fail("the listener heard of the rehearsal")

    get_listener_manager().add_listener(Listener())
    try:
        sdk_bundled_rehearsal.rehearse()
    finally:
        get_listener_manager().clear()
    assert outcomes == []


def test_a_policy_is_not_asked(outcomes, tmp_path, monkeypatch):
    import sys
    import types

    monkeypatch.setitem(sys.modules, "airflow_local_settings", types.ModuleType("airflow_local_settings"))
    assert callable(settings.task_instance_mutation_hook)
    sdk_bundled_rehearsal.rehearse()
    assert outcomes == []

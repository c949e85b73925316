"""Listeners: when they are called, and that they never change the end."""

from __future__ import annotations

import pytest
from dags import dag


@pytest.fixture
def listener(monkeypatch):
    from airflow.listeners import hookimpl
    from airflow.listeners.listener import get_listener_manager

    class Listener:
        @hookimpl
        def on_task_instance_running(self, previous_state, task_instance, session):
            print("LISTENER running", previous_state, task_instance.state)

        @hookimpl
        def on_task_instance_success(self, previous_state, task_instance, session):
            print("LISTENER success", previous_state, task_instance.state)

        @hookimpl
        def on_task_instance_failed(self, previous_state, task_instance, error, session):
            print("LISTENER failed", previous_state, task_instance.state, error)

        @hookimpl
        def on_starting(self, component):
            print("LISTENER starting", type(component).__name__)

        @hookimpl
        def before_stopping(self, component):
            print("LISTENER stopping")

    own = Listener()
    manager = get_listener_manager()
    manager.add_listener(own)
    yield
    manager.clear()


@pytest.mark.parametrize(
    ("body", "called"),
    [
        ("return 1", ["starting TaskCommandMarker", "running queued running", "success running success", "stopping"]),
        (
            "raise ValueError('no')",
            ["starting TaskCommandMarker", "running queued running", "failed running failed no", "stopping"],
        ),
    ],
)
def test_listeners(supervisor, listener, body, called):
    ended = supervisor.run(dag(body))
    assert [line.split("LISTENER ")[1] for line in ended.log.splitlines() if "LISTENER" in line] == called


@pytest.mark.parametrize(("body", "state"), [("return 1", "success"), ("raise ValueError", "failed")])
def test_broken_listener_changes_no_end(supervisor, body, state):
    from airflow.listeners import hookimpl
    from airflow.listeners.listener import get_listener_manager

    class Broken:
        @hookimpl
        def on_task_instance_success(self):
            raise OSError("broken listener")

        @hookimpl
        def on_task_instance_failed(self):
            raise OSError("broken listener")

        @hookimpl
        def on_starting(self):
            raise OSError("broken listener")

    broken = Broken()
    manager = get_listener_manager()
    manager.add_listener(broken)
    try:
        ended = supervisor.run(dag(body))
    finally:
        manager.clear()
    assert ended.state == state
    assert "broken listener" in ended.log

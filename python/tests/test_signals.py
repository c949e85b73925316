"""SIGTERM and time limits."""

from __future__ import annotations

import os
import signal

import pytest
import rows
from dags import dag, functions

OPERATOR = """
from airflow.models import BaseOperator

class Slow(BaseOperator):
    def execute(self, context):
        context["ti"].xcom_push("started", True)
        time.sleep(60)

    def on_kill(self):
        print("on_kill was called")

with DAG("d", start_date=datetime(2024, 1, 1), schedule="@daily") as dag:
    Slow(task_id="t", retries=1, on_failure_callback=note("failure"), on_retry_callback=note("retry"){arguments})
"""


def slow(arguments: str = "") -> str:
    return functions() + OPERATOR.replace("{arguments}", arguments and ", " + arguments)


def terminate_once_started(pid, message):
    if message["type"] == "xcom_set" and message["key"] == "started":
        os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize(("max_tries", "state", "callback"), [(0, "failed", "failure"), (1, "up_for_retry", "retry")])
def test_termination(supervisor, database, max_tries, state, callback):
    supervisor.on_message = terminate_once_started
    with rows.task_instance(state="running"):
        ended = supervisor.run(slow(), max_tries=max_tries)
    assert (ended.state, ended.exit_code) == (state, 2)
    assert "on_kill was called" in ended.log
    assert f"INFO - {callback} {state} Task received SIGTERM signal" in ended.log


def test_termination_of_what_a_user_has_ended_calls_nothing(supervisor, database):
    supervisor.on_message = terminate_once_started
    with rows.task_instance(state="success"):
        ended = supervisor.run(slow(), max_tries=1)
    assert "on_kill was called" in ended.log
    assert "Executing callback" not in ended.log
    assert ended.exit_code == 0


def test_termination_of_what_a_user_has_cleared_is_a_retry(supervisor, database):
    supervisor.on_message = terminate_once_started
    with rows.task_instance(state="restarting"):
        ended = supervisor.run(slow(), max_tries=0)
    assert ended.state == "up_for_retry"


@pytest.mark.parametrize("signalled", [True, False])
def test_supervisor_that_is_gone_leaves_the_callbacks_to_its_successor(supervisor, signalled):
    def leave(pid, message):
        if message["type"] == "xcom_set" and signalled:
            os.kill(pid, signal.SIGTERM)
        return "leave" if message["type"] == "xcom_set" else None

    supervisor.on_message = leave
    ended = supervisor.run(slow(), max_tries=1)
    assert ended.exit_code == 1
    assert "The connection to the supervisor is lost" in ended.log
    assert "Executing callback" not in ended.log


def test_termination_while_the_database_is_away(supervisor, monkeypatch, tmp_path):
    from airflow import settings

    monkeypatch.setattr(settings, "Session", None)
    supervisor.on_message = terminate_once_started
    ended = supervisor.run(slow(), max_tries=0)
    assert ended.state == "failed"


def test_termination_in_the_middle_of_messages(supervisor, database):
    """However the signal falls between the bytes of frames, the outcome arrives whole."""
    body = "for n in range(100000): context['ti'].xcom_push('k', 'x' * 200000)"
    seen = 0

    def after_some(pid, message):
        nonlocal seen
        seen += 1
        if seen == 20:
            os.kill(pid, signal.SIGTERM)

    supervisor.on_message = after_some
    for _ in range(10):
        seen = 0
        with rows.task_instance(state="running"):
            ended = supervisor.run(dag(body))
        assert ended.state == "failed"
        assert ended.outcome["exception"].startswith("AirflowTaskTerminated")


def test_time_limit_calls_on_kill_and_is_announced(supervisor):
    ended = supervisor.run(slow("execution_timeout=timedelta(seconds=0.1)"), max_tries=1)
    assert (ended.state, ended.exit_code) == ("up_for_retry", 2)
    assert "on_kill was called" in ended.log
    assert ended.of_type("execution_timeout") == [{"type": "execution_timeout", "seconds": 0.1}]
    assert "AirflowTaskTimeout" in ended.outcome["exception"]


def test_time_limit_ends_with_execute(supervisor):
    ended = supervisor.run(
        dag("return 1", "execution_timeout=timedelta(seconds=0.2), on_success_callback=lambda c: time.sleep(0.4)")
    )
    assert ended.state == "success"


@pytest.mark.parametrize(("body", "state"), [("return 1", "success"), ("raise ValueError", "failed")])
def test_termination_of_a_callback_that_hangs_keeps_the_outcome(supervisor, body, state):
    callback = "lambda c: [c['ti'].xcom_push('started', 1), time.sleep(60)]"
    supervisor.on_message = terminate_once_started
    ended = supervisor.run(dag(body, f"on_success_callback={callback}, on_failure_callback={callback}"))
    assert ended.state == state
    assert "Callback 0, " in ended.log and ", failed" in ended.log

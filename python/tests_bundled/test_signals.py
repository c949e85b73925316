"""SIGTERM, and processes that a task starts."""

from __future__ import annotations

import os
import signal

import pytest
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
    Slow(task_id="t", retries=1, on_failure_callback=note("failure"), on_retry_callback=note("retry"))
"""


def slow() -> str:
    return functions() + OPERATOR


def terminate_once_started(pid, message):
    if message["type"] == "xcom_set" and message["key"] == "started":
        os.kill(pid, signal.SIGTERM)


@pytest.mark.parametrize(("max_tries", "state", "callback"), [(0, "failed", "failure"), (1, "up_for_retry", "retry")])
def test_termination(supervisor, max_tries, state, callback):
    supervisor.on_message = terminate_once_started
    supervisor.answers["get_task_instance_state"] = {"state": "running"}
    ended = supervisor.run(slow(), max_tries=max_tries)
    assert (ended.state, ended.exit_code) == (state, 2)
    assert "on_kill was called" in ended.log
    assert f"INFO - {callback} {state} Task received SIGTERM signal" in ended.log


def test_termination_of_what_a_user_has_ended_calls_nothing(supervisor):
    supervisor.on_message = terminate_once_started
    supervisor.answers["get_task_instance_state"] = {"state": "success"}
    ended = supervisor.run(slow(), max_tries=1)
    assert "on_kill was called" in ended.log
    assert "Executing callback" not in ended.log
    assert ended.exit_code == 0


def test_termination_of_what_a_user_has_cleared_is_a_retry(supervisor):
    supervisor.on_message = terminate_once_started
    supervisor.answers["get_task_instance_state"] = {"state": "restarting"}
    assert supervisor.run(slow(), max_tries=0).state == "up_for_retry"


def test_termination_while_the_supervisor_cannot_tell_the_state(supervisor):
    supervisor.on_message = terminate_once_started
    supervisor.refuse["get_task_instance_state"] = "the database is away"
    ended = supervisor.run(slow(), max_tries=1)
    assert ended.state == "up_for_retry"
    assert "Cannot read the state of the task instance" in ended.log


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


def test_a_forked_process_cannot_ask(supervisor):
    body = (
        "if os.fork() == 0:\n"
        "    try:\n"
        "        context['ti'].xcom_push('k', 1)\n"
        "    except Exception as error:\n"
        "        print('the child got:', error, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "return 'parent'"
    )
    ended = supervisor.run(dag(body))
    assert ended.returned == "parent"
    assert "the child got: setting the XCom 'k' was asked for in a process that the task forked off" in ended.log
    assert not ended.of_type("xcom_set")


def test_termination_reaches_the_command(supervisor):
    more = "BashOperator(task_id='b', bash_command='trap \"echo trapped; exit 3\" TERM; echo ready; sleep 60 & wait')"
    log = supervisor.folder / "attempt.log"

    def terminate_when_ready(pid, message):
        if message["type"] == "rendered_fields":
            while "ready" not in (log.read_text() if log.exists() else ""):
                pass
            os.kill(pid, signal.SIGTERM)

    supervisor.on_message = terminate_when_ready
    supervisor.answers["get_task_instance_state"] = {"state": "running"}
    ended = supervisor.run(dag(more=more), task_id="b")
    assert ended.state == "failed"
    assert "Sending SIGTERM signal to process group" in ended.log

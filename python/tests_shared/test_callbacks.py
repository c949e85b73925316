"""Callbacks and e-mails: when, with what context, and that they never change the end."""

from __future__ import annotations

import pytest
from dags import dag

ALL = ", ".join(f"on_{name}_callback=note('{name}')" for name in ("execute", "success", "failure", "retry", "skipped"))


@pytest.mark.parametrize(
    ("body", "max_tries", "called"),
    [
        ("pass", 0, ["execute running None", "success success None"]),
        ("raise ValueError('no')", 0, ["execute running None", "failure failed no"]),
        ("raise ValueError('no')", 1, ["execute running None", "retry up_for_retry no"]),
        ("raise AirflowFailException('no')", 1, ["execute running None", "failure failed no"]),
        (
            "raise AirflowSkipException('no')",
            1,
            ["execute running None", "skipped skipped None", "success skipped None"],
        ),
        ("sys.exit(4)", 0, ["execute running None", "failure failed Task failed due to SystemExit(4)"]),
        ("raise AirflowRescheduleException(datetime(2031, 1, 1))", 0, ["execute running None"]),
    ],
)
def test_called(supervisor, body, max_tries, called):
    ended = supervisor.run(dag(body, f"retries={max_tries}, {ALL}"), max_tries=max_tries)
    names = ("execute", "success", "failure", "retry", "skipped")
    printed = [line.split(" INFO - ")[1] for line in ended.log.splitlines() if " INFO - " in line]
    assert [line for line in printed if line.split(" ")[0] in names] == called


@pytest.mark.parametrize("broken", ["1/0", "sys.exit(5)"])
@pytest.mark.parametrize(("body", "state"), [("return 1", "success"), ("raise ValueError", "failed")])
def test_broken_callbacks_change_nothing(supervisor, broken, body, state):
    callback = f"lambda c: {broken}"
    ended = supervisor.run(
        dag(body, f"on_success_callback={callback}, on_failure_callback=[{callback}, note('second')]")
    )
    assert ended.state == state
    assert "Callback 0, " in ended.log and ", failed" in ended.log
    if state == "failed":
        assert "second failed" in ended.log


def test_broken_execute_callback_changes_nothing(supervisor):
    ended = supervisor.run(dag("return 1", "on_execute_callback=lambda c: 1/0"))
    assert ended.state == "success"
    assert "ZeroDivisionError" in ended.log


def test_callback_can_push_and_has_the_whole_context(supervisor):
    callback = "lambda c: c['ti'].xcom_push('seen', [c['ds'], c['task'].task_id, str(c['exception'])])"
    ended = supervisor.run(dag("raise ValueError('no')", f"on_failure_callback={callback}"))
    assert ended.xcoms == {"seen": b'["2024-01-01", "t", "no"]'}


@pytest.mark.parametrize(
    ("arguments", "max_tries", "sent"),
    [
        ("email='a@b.c'", 0, True),
        ("email='a@b.c', email_on_failure=False", 0, False),
        ("email='a@b.c'", 1, True),
        ("email='a@b.c', email_on_retry=False", 1, False),
        ("", 0, False),
    ],
)
def test_email(supervisor, sent_emails, arguments, max_tries, sent):
    ended = supervisor.run(dag("raise ValueError('no')", f"retries=1, {arguments}"), max_tries=max_tries)
    assert ("MAIL a@b.c Airflow alert: <TaskInstance: d.t " in ended.log) is sent
    assert ("Exception:<br>no<br>" in ended.log) is sent


def test_email_that_cannot_be_sent_changes_nothing(supervisor, sent_emails):
    sent_emails.append(OSError("no mail server"))
    ended = supervisor.run(dag("raise ValueError('no')", "email='a@b.c', on_failure_callback=note('after')"))
    assert ended.state == "failed"
    assert "no mail server" in ended.log
    assert "after failed" in ended.log


@pytest.mark.parametrize(
    ("state", "printed"),
    [("failed", "failure failed it died"), ("up_for_retry", "retry up_for_retry it died")],
)
def test_callback_role(supervisor, state, printed):
    ended = supervisor.run(dag("pass", ALL), role="callback", state=state, kind="on_failure", reason="it died")
    assert f"INFO - {printed}" in ended.log
    assert ended.messages[-1][0] == {"type": "callback_done", "error": None}
    assert ended.exit_code == 0


def test_callback_role_with_a_broken_file(supervisor):
    ended = supervisor.run("from airflow import DAG\n1/0", role="callback", state="failed", reason="it died")
    assert ended.messages[-1][0]["type"] == "callback_done"
    assert "ZeroDivisionError" in ended.messages[-1][0]["error"]
    assert ended.exit_code == 1

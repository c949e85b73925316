"""Every way in which a try can end, and what the supervisor is told."""

from __future__ import annotations

import pytest
from dags import dag


@pytest.mark.parametrize(
    ("body", "arguments", "max_tries", "state", "exit_code"),
    [
        ("return 1", "", 0, "success", 0),
        ("sys.exit(0)", "", 0, "success", 0),
        ("sys.exit()", "", 0, "success", 0),
        ("raise AirflowSkipException('not today')", "", 0, "skipped", 0),
        ("raise AirflowFailException('no')", "retries=2", 2, "failed", 1),
        ("raise AirflowSensorTimeout('no')", "retries=2", 2, "failed", 1),
        ("raise AirflowException('no')", "", 0, "failed", 1),
        ("raise AirflowException('no')", "retries=2", 2, "up_for_retry", 1),
        ("raise ValueError('no')", "", 0, "failed", 1),
        ("raise ValueError('no')", "retries=1", 1, "up_for_retry", 1),
        ("raise ValueError('no')", "retries=1", 0, "failed", 1),
        ("sys.exit(1)", "", 0, "failed", 1),
        ("sys.exit(3)", "retries=1", 1, "up_for_retry", 1),
        ("raise KeyboardInterrupt", "", 0, "failed", 2),
        ("raise AirflowTaskTimeout('late')", "retries=1", 1, "up_for_retry", 2),
        ("import time; time.sleep(30)", "execution_timeout=timedelta(seconds=0.05)", 0, "failed", 2),
        ("return object()", "", 0, "failed", 1),
        ("return {1: 2}", "multiple_outputs=True", 0, "failed", 1),
        ("return 1", "multiple_outputs=True", 0, "failed", 1),
        ("return 1", "op_args=['{{ nothing.there }}']", 0, "failed", 1),
        ("return 1", "op_args=['{% if %}']", 0, "failed", 1),
    ],
)
def test_state_and_exit_code(supervisor, body, arguments, max_tries, state, exit_code):
    ended = supervisor.run(dag(body, arguments), max_tries=max_tries)
    assert (ended.state, ended.exit_code) == (state, exit_code), ended.log


def test_reschedule_carries_the_date_of_the_next_poke(supervisor):
    ended = supervisor.run(dag("raise AirflowRescheduleException(datetime(2031, 2, 3, 4, 5, 6))"))
    assert ended.state == "up_for_reschedule"
    assert ended.outcome["reschedule_date"].startswith("2031-02-03T04:05:06")
    assert ended.outcome["run_start_date"] <= ended.outcome["end_date"]
    assert ended.exit_code == 0


def test_deferral_is_refused_with_a_reason(supervisor):
    body = "raise TaskDeferred(trigger=object(), method_name='resume')"
    ended = supervisor.run(dag(body, "retries=3"), max_tries=3)
    assert ended.state == "failed"
    assert "not support" in ended.outcome["exception"]
    assert "not support" in ended.log


def test_exit_without_outcome(supervisor):
    ended = supervisor.run(dag("os._exit(7)"))
    assert ended.exit_code == 7
    assert not ended.of_type("outcome")


def test_mark_success_executes_nothing(supervisor):
    ended = supervisor.run(dag("raise ValueError"), mark_success=True)
    assert ended.state == "success"
    assert not ended.xcoms


def test_exception_text_with_a_lone_surrogate_arrives(supervisor):
    ended = supervisor.run(dag(r"raise ValueError('bad \udcff byte')"))
    assert ended.outcome["exception"] == "ValueError: bad ? byte"


def test_missing_task(supervisor):
    ended = supervisor.run(dag("pass"), task_id="other", max_tries=1)
    assert ended.state == "up_for_retry"
    assert "other" in ended.log


def test_file_that_cannot_be_imported(supervisor):
    ended = supervisor.run("from airflow import DAG\nimport nowhere_to_be_found")
    assert ended.state == "failed"
    assert "nowhere_to_be_found" in ended.log


def test_traceback_starts_at_the_user_code(supervisor):
    ended = supervisor.run(dag("raise ValueError('no')"))
    trace = ended.log.split("Traceback (most recent call last):\n")[1]
    assert "updraft_runtime" not in trace
    assert "raise ValueError('no')" in trace


def test_note(supervisor):
    ended = supervisor.run(dag("context['ti'].note = 'seen'"))
    assert ended.outcome["note"] == "seen"


def test_texts_fit_their_columns(supervisor):
    ended = supervisor.run(dag("context['ti'].note = 'n\\0' * 2000\nraise ValueError('e' * 1_000_000)"))
    assert ended.outcome["note"] == "n" * 1000
    assert len(ended.outcome["exception"]) == 10_000


def test_values_that_cannot_be_stored_leave_no_xcom(supervisor):
    ended = supervisor.run(dag("return {'a': 1, 'b': object()}", "multiple_outputs=True"))
    assert ended.state == "failed"
    assert not ended.xcoms


def test_the_task_that_forks_and_exits_in_its_child_ends_once(supervisor):
    body = "pid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)\nreturn 'parent'"
    ended = supervisor.run(dag(body))
    assert ended.returned == "parent"
    assert len(ended.of_type("outcome")) == 1


@pytest.mark.parametrize("ending", ["return 'child'", "raise ValueError('child')", "sys.exit(3)"])
def test_the_child_that_a_task_forks_does_not_end_the_try(supervisor, ending):
    ended = supervisor.run(
        dag(f"if os.fork() == 0:\n    {ending}\nos.wait()\nreturn 'parent'", "on_failure_callback=note('bad')")
    )
    assert (ended.state, ended.returned) == ("success", "parent")
    assert [envelope["type"] for envelope, _ in ended.messages] == ["rendered_fields", "outcome"]
    assert "bad failed" not in ended.log


def test_dataset_events(supervisor):
    body = (
        "context['outlet_events'][Dataset('s3://a/')].extra = {'rows': 3}\n"
        "context['outlet_events'][DatasetAlias('alias')].add(Dataset('s3://b/'), extra={'x': 1})"
    )
    ended = supervisor.run(dag(body, "outlets=[Dataset('s3://a/'), DatasetAlias('alias')]"))
    assert ended.outcome["dataset_events"] == [
        {"uri": "s3://a/", "extra": '{"rows": 3}', "source_alias_names": []},
        {"uri": "s3://b/", "extra": '{"x": 1}', "source_alias_names": ["alias"]},
    ]


def test_fail_stop_is_reported(supervisor):
    ended = supervisor.run(dag("raise ValueError", dag_arguments="fail_stop=True"))
    assert ended.outcome["fail_stop"] is True

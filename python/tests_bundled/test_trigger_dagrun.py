"""Tasks that trigger runs of other DAGs."""

from __future__ import annotations

import json

import pytest
from dags import dag

IMPORT = "from airflow.operators.trigger_dagrun import TriggerDagRunOperator\n"


def trigger(arguments: str = "") -> str:
    return IMPORT + dag(more=f"TriggerDagRunOperator(task_id='o', trigger_dag_id='e', {arguments})")


def run(supervisor, arguments="", **answer):
    supervisor.answers["trigger_dag_run"] = {"run_id": "r", "created": True, **answer}
    return supervisor.run(trigger(arguments), task_id="o")


def test_triggers(supervisor):
    ended = run(supervisor, "trigger_run_id='r', logical_date='{{ ds }}', conf={'day': '{{ ds }}'}")
    assert ended.state == "success", ended.log
    [(envelope, blob)] = [item for item in ended.messages if item[0]["type"] == "trigger_dag_run"]
    assert (envelope["dag_id"], envelope["run_id"], envelope["reset_dag_run"]) == ("e", "r", False)
    assert envelope["logical_date"] == "2024-01-01T00:00:00+00:00"
    assert json.loads(blob) == {"day": "2024-01-01"}
    assert ended.xcoms == {"trigger_run_id": b'"r"', "trigger_logical_date_iso": b'"2024-01-01T00:00:00+00:00"'}


def test_the_id_of_the_run_is_made_of_the_date(supervisor):
    ended = run(supervisor, "logical_date='2024-02-03T04:05:06+00:00'")
    assert ended.of_type("trigger_dag_run")[0]["run_id"] == "manual__2024-02-03T04:05:06+00:00"


@pytest.mark.parametrize(("arguments", "state"), [("", "failed"), ("skip_when_already_exists=True", "skipped")])
def test_a_run_that_is_there_already(supervisor, arguments, state):
    ended = run(supervisor, arguments, created=False)
    assert ended.state == state, ended.log


@pytest.mark.parametrize(("ends", "state"), [("success", "success"), ("failed", "failed")])
def test_waits_for_the_end(supervisor, ends, state):
    states = iter(["queued", "running", ends])
    supervisor.answers["get_dag_run_state"] = lambda message: ({"state": next(states)}, b"")
    ended = run(supervisor, "wait_for_completion=True, poke_interval=0.01")
    assert ended.state == state
    assert [item["run_id"] for item in ended.of_type("get_dag_run_state")] == ["r"] * 3


def test_conf_that_is_not_json(supervisor):
    ended = run(supervisor, "conf={'x': object()}")
    assert ended.state == "failed"
    assert "conf has to be JSON" in ended.outcome["exception"]


def test_an_unknown_dag(supervisor):
    supervisor.refuse["trigger_dag_run"] = "there is no DAG e"
    ended = run(supervisor)
    assert ended.state == "failed"
    assert "there is no DAG e" in ended.log

"""Branches, short circuits and other operators that skip tasks."""

from __future__ import annotations

import json

import pytest
from dags import functions

DAG = """
with DAG("d", start_date=datetime(2024, 1, 1), schedule="@daily") as dag:
    t = {operator}
    a, b, c, join = (EmptyOperator(task_id=name) for name in ("a", "b", "c", "join"))
    t >> [a, b, c]
    a >> join
    t >> join
"""


def branching(operator: str, body: str) -> str:
    return functions(body) + DAG.replace("{operator}", operator)


BRANCH = "BranchPythonOperator(task_id='t', python_callable=call)"


@pytest.mark.parametrize(
    ("body", "skipped", "followed"),
    [
        ("return 'a'", [["b", -1], ["c", -1]], {"a", "join"}),
        ("return ['a', 'b']", [["c", -1]], {"a", "b", "join"}),
        ("return None", [["a", -1], ["b", -1], ["c", -1], ["join", -1]], set()),
    ],
)
def test_branch(supervisor, body, skipped, followed):
    ended = supervisor.run(branching(BRANCH, body))
    assert ended.state == "success", ended.log
    [message] = ended.of_type("skip_tasks")
    assert sorted(message["tasks"]) == skipped
    assert set(json.loads(ended.xcoms["skipmixin_key"])["followed"]) == followed


@pytest.mark.parametrize("body", ["return 'nothing'", "return [1]", "return 5"])
def test_branch_to_nowhere_fails(supervisor, body):
    ended = supervisor.run(branching(BRANCH, body))
    assert ended.state == "failed"
    assert not ended.of_type("skip_tasks")


def test_branch_in_a_mapped_instance_skips_the_same_index(supervisor):
    ended = supervisor.run(branching(BRANCH, "return 'a'"), map_index=3)
    [message] = ended.of_type("skip_tasks")
    assert sorted(message["tasks"]) == [["b", 3], ["c", 3]]


def test_short_circuit_skips_everything_below(supervisor):
    operator = "ShortCircuitOperator(task_id='t', python_callable=call)"
    ended = supervisor.run(branching(operator, "return False"))
    [message] = ended.of_type("skip_tasks")
    assert sorted(message["tasks"]) == [["a", -1], ["b", -1], ["c", -1], ["join", -1]]
    assert set(json.loads(ended.xcoms["skipmixin_key"])["skipped"]) == {"a", "b", "c", "join"}
    assert ended.state == "success"


def test_short_circuit_that_respects_trigger_rules(supervisor):
    operator = "ShortCircuitOperator(task_id='t', python_callable=call, ignore_downstream_trigger_rules=False)"
    ended = supervisor.run(branching(operator, "return 0").replace("    t >> join\n", ""))
    [message] = ended.of_type("skip_tasks")
    assert sorted(message["tasks"]) == [["a", -1], ["b", -1], ["c", -1]]


def test_short_circuit_that_passes(supervisor):
    ended = supervisor.run(branching("ShortCircuitOperator(task_id='t', python_callable=call)", "return True"))
    assert not ended.of_type("skip_tasks")
    assert ended.returned is True


def test_latest_only_of_an_old_run(supervisor):
    operator = "LatestOnlyOperator(task_id='t')"
    source = "from airflow.operators.latest_only import LatestOnlyOperator\n" + branching(operator, "pass")
    ended = supervisor.run(source)
    [message] = ended.of_type("skip_tasks")
    assert len(message["tasks"]) == 4
    assert ended.state == "success"


def test_refused_skip_fails_the_task(supervisor):
    supervisor.refuse["skip_tasks"] = "no"
    assert supervisor.run(branching(BRANCH, "return 'a'")).state == "failed"


def test_short_circuit_skips_every_instance_of_a_literally_mapped_task(supervisor):
    source = branching("ShortCircuitOperator(task_id='t', python_callable=call)", "return False")
    source += "    m = BashOperator.partial(task_id='m').expand(bash_command=['a', 'b'])\n    t >> m\n"
    [message] = supervisor.run(source).of_type("skip_tasks")
    assert [item for item in message["tasks"] if item[0] == "m"] == [["m", -1], ["m", 0], ["m", 1]]

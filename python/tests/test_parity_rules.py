"""What the comparison with stock Airflow lets pass, and what not."""

from __future__ import annotations

import copy
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tests"))
from parity import compare, features, rows, volatile

TASK = {"state": "success", "try_number": 1}
STOCK = {
    "run": {"state": "success", "conf": {}},
    "task_instances": {"free": TASK, "mapped[0]": TASK, "mapped[1]": TASK, "after": TASK},
    "xcoms": {"free return_value": "1", "mapped[0] return_value": "2"},
}


def task(task_id: str, *downstream: str, **marks: Any) -> dict[str, Any]:
    return {"__var": {"task_id": task_id, "downstream_task_ids": list(downstream), **marks}}


def waiting(*tasks: dict[str, Any], groups: dict[str, Any] | None = None) -> features.Waiting:
    found: features.Waiting = {}
    features._dag("d", {"tasks": list(tasks), "_task_group": {"children": groups or {}}}, {}, found)
    return found


def judge(waits: dict[str, str], **changes: Any) -> list[str]:
    ours = copy.deepcopy(STOCK)
    for part, values in changes.items():
        ours[part].update(values)
    return compare.judge("d", STOCK, ours, waits)["unexplained"]


def test_what_comes_after_a_mapped_task_waits_and_nothing_else() -> None:
    found = waiting(task("free"), task("mapped", "after", _is_mapped=True), task("after", "last"), task("last"))
    assert found == {"d": dict.fromkeys(("mapped", "after", "last"), features.MAPPING)}


def test_tasks_of_a_mapped_group_wait() -> None:
    inner = {"is_mapped": True, "children": {"g.a": ("operator", "g.a")}}
    assert waiting(task("g.a"), task("b"), groups={"g": ("taskgroup", inner)}) == {"d": {"g.a": features.MAPPING}}


def test_a_sub_dag_waits_for_what_its_own_tasks_use() -> None:
    inner = {"tasks": [task("one", _is_mapped=True), task("two")], "_task_group": {"children": {}}}
    found = waiting(task("s", "end", subdag=inner), task("end"))
    assert {dag_id: set(tasks) for dag_id, tasks in found.items()} == {"d.s": {"one"}}


WAITS = {"mapped": features.MAPPING, "after": features.MAPPING}


@pytest.mark.parametrize(
    ("changes", "unexplained"),
    [
        ({"run": {"state": "failed"}}, []),
        ({"run": {"conf": {"a": 1}}}, ["run.conf: {} -> {'a': 1}"]),
        ({"task_instances": {"after": {"state": None, "try_number": 0}}}, []),
        ({"xcoms": {"mapped[0] return_value": None}}, []),
        ({"task_instances": {"free": {"state": "failed", "try_number": 1}}}, ["free.state: success -> failed"]),
        ({"task_instances": {"free": {"state": "success", "try_number": 2}}}, ["free.try_number: 1 -> 2"]),
        ({"xcoms": {"free return_value": "2"}}, ["XCom free return_value: 1 -> 2"]),
        ({"xcoms": {"free more": "2"}}, ["XCom free more: None -> 2"]),
    ],
)
def test_only_tasks_that_wait_may_differ(changes: dict[str, Any], unexplained: list[str]) -> None:
    assert judge(WAITS, **changes) == unexplained


def test_nothing_may_differ_where_nothing_waits() -> None:
    assert judge({}, run={"state": "failed"}) == ["run.state: success -> failed"]


def test_volatile_values_keep_their_form() -> None:
    where = ("example_trigger_controller_dag", "test_trigger_dagrun trigger_logical_date_iso")
    first, second = '"2026-11-24T06:15:11.615640+00:00"', '"2030-01-01T00:00:00.000000+00:00"'
    assert volatile.comparable(*where, first) == volatile.comparable(*where, second)
    assert volatile.comparable(*where, first) != volatile.comparable(*where, '"2030-01-01"')
    assert volatile.comparable("other", where[1], first) == first


def test_a_run_that_never_ends_has_come_as_far_when_its_ended_tasks_have() -> None:
    stock = {
        "run": {"state": "running"},
        "task_instances": {"a": {"state": "success"}, "b": {"state": "up_for_reschedule"}},
        "xcoms": {},
    }
    ours = copy.deepcopy(stock)
    ours["task_instances"]["a"]["state"] = "running"
    assert not rows.has_come_as_far(ours, stock, set())
    ours["task_instances"]["a"]["state"] = "success"
    ours["task_instances"]["b"]["state"] = "queued"
    assert rows.has_come_as_far(ours, stock, set())
    assert rows.differences("d", stock, ours) == []
    ours["task_instances"]["b"]["state"] = "failed"
    assert [found.text for found in rows.differences("d", stock, ours)] == ["b.state: up_for_reschedule -> failed"]


@pytest.mark.parametrize(
    ("dag_id", "error", "unexplained"),
    [
        ("example_dag_decorator", "ModuleNotFoundError: No module named 'httpx'", False),
        ("example_dag_decorator", "ModuleNotFoundError: No module named 'other'", True),
        ("example_subdag_operator.section-1", "ModuleNotFoundError: … airflow.example_dags, but …", False),
        ("tutorial", "ModuleNotFoundError: No module named 'httpx'", True),
    ],
)
def test_a_file_that_cannot_be_imported_waits_for_what_is_named_alone(dag_id, error, unexplained) -> None:
    verdict = compare.not_imported(dag_id, error)
    assert bool(verdict["unexplained"]) == unexplained
    assert verdict["differences"]

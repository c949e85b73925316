"""Ids of tasks and groups, from the stored form of a DAG."""

from __future__ import annotations

import json
import zlib

from airflow._stored_dag import StoredDag


def group(name: str | None, *, prefix: bool = True, **children: list) -> dict:
    return {"_group_id": name, "prefix_group_id": prefix, "children": children}


INNER = group("inner", y=["operator", "outer.inner.y"])
BARE = group("bare", prefix=False, z=["operator", "z"], deep=["taskgroup", group("deep", w=["operator", "deep.w"])])
ROOT = group(
    None,
    first=["operator", "first"],
    outer=["taskgroup", group("outer", x=["operator", "outer.x"], inner=["taskgroup", INNER])],
    bare=["taskgroup", BARE],
)
TASKS = ["first", "outer.x", "outer.inner.y", "z", "deep.w"]
STORED = json.dumps(
    {"dag": {"tasks": [{"__type": "operator", "__var": {"task_id": name}} for name in TASKS], "_task_group": ROOT}}
).encode()


def test_ids() -> None:
    for dag in (StoredDag(STORED), StoredDag(zlib.compress(STORED), is_compressed=True)):
        assert dag.task_ids == TASKS
        assert dag.task_group_ids == ["outer", "outer.inner", "bare", "deep"]


def test_tasks_of_a_group_are_those_of_its_groups_too() -> None:
    dag = StoredDag(STORED)
    assert dag.tasks_of_group("outer") == ["outer.x", "outer.inner.y"]
    assert dag.tasks_of_group("outer.inner") == ["outer.inner.y"]
    assert dag.tasks_of_group("bare") == ["z", "deep.w"]
    assert dag.tasks_of_group("none") == []


def test_nothing_is_stored() -> None:
    dag = StoredDag(b"")
    assert (dag.task_ids, dag.task_group_ids) == ([], [])

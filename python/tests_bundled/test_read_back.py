"""Stored DAGs can be read, and written again as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from normal_form import differences

HERE = Path(__file__).parent

#: What a stored DAG does not say: these come from the classes of its tasks.
FROM_CLASSES = ("reschedule", "recursion_depth")


def stored_dags() -> dict[str, Any]:
    found = {}
    for name in ("samples.jsonl", "examples.jsonl"):
        with (HERE / "golden" / name).open() as stream:
            for line in map(json.loads, stream):
                # Timetables and links of plugins and providers are not installed here.
                if line["stored"] and "airflow.providers." not in json.dumps(line["stored"]):
                    found[line["dag_id"]] = line["stored"]
    return found


STORED = stored_dags()


def without_what_only_classes_know(stored: Any) -> Any:
    copy = json.loads(json.dumps(stored))
    copy["dag"]["dag_dependencies"] = []
    for task in copy["dag"]["tasks"]:
        fields = task["__var"]
        for name in FROM_CLASSES:
            fields.pop(name, None)
        if fields.get("_is_mapped"):
            # The class is read as the fields that it had.
            fields.pop("operator_class", None)
    return copy


@pytest.mark.parametrize("dag_id", sorted(STORED))
def test_written_again(dag_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow import settings
    from airflow.serialization.serialized_objects import SerializedDAG

    stored = STORED[dag_id]
    monkeypatch.setattr(settings, "DAGS_FOLDER", stored["dag"]["_processor_dags_folder"])
    dag = SerializedDAG.from_json(json.dumps(stored))
    again = json.loads(SerializedDAG.to_json(dag))
    expected, found = without_what_only_classes_know(stored), without_what_only_classes_know(again)
    assert list(differences(expected, found)) == []


def test_a_read_dag_has_its_edges_groups_and_schedule() -> None:
    from airflow.serialization.serialized_objects import SerializedDAG

    dag = SerializedDAG.from_dict(STORED["task_groups"])
    for task in dag.tasks:
        for task_id in task.downstream_task_ids:
            assert task.task_id in dag.get_task(task_id).upstream_task_ids
    assert dag.task_group.children
    assert (dag.schedule_interval, dag.timetable.summary) == ("@hourly", "0 * * * *")


def test_another_version_is_refused() -> None:
    from airflow.serialization.serialized_objects import SerializedDAG

    with pytest.raises(ValueError, match="not 2"):
        SerializedDAG.from_dict({**STORED["minimal_empty"], "__version": 2})

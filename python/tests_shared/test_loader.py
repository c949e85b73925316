"""What the parse role says about DAG files, against recorded forms of stock Airflow."""

from __future__ import annotations

import hashlib
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from updraft_runtime import loader
from updraft_runtime.loader_parse import answer

HEADER = """
import datetime
from airflow import DAG
from airflow.datasets import Dataset
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator

START = datetime.datetime(2024, 1, 1)
"""


class Answers:
    """The messages of one parse, sorted by type."""

    def __init__(self, path: Path, **facts: Any) -> None:
        self.messages: list[tuple[dict, bytes]] = []
        request = {"path": str(path), "dags_folder": str(path.parent), "request": facts}
        answer(request, lambda envelope, blob: self.messages.append((json.loads(json.dumps(envelope)), blob)))

    def of(self, kind: str) -> list[dict]:
        return [envelope for envelope, _ in self.messages if envelope["type"] == kind]

    def form(self, dag_id: str) -> dict:
        return next(json.loads(blob) for envelope, blob in self.messages if envelope.get("dag_id") == dag_id)


@pytest.fixture
def parse(tmp_path: Path):
    def write_and_parse(text: str, name: str = "a.py", **facts: Any) -> Answers:
        path = tmp_path / name
        path.write_text(HEADER + textwrap.dedent(text))
        return Answers(path, **facts)

    return write_and_parse


def test_a_dag_with_everything_of_its_row(parse):
    answers = parse(
        """
        with DAG(
            "all", start_date=START, schedule="15 3 * * *", catchup=False, tags=["b", "a"],
            description="words", owner_links={"me": "mailto:me@example.org"}, max_active_runs=3,
            access_control={"Viewer": {"DAG Runs": {"can_read"}}}, is_paused_upon_creation=True,
            default_args={"owner": "me"},
        ):
            BashOperator(task_id="t", bash_command="true", pool="p", max_active_tis_per_dag=1,
                         outlets=[Dataset("s3://bucket/key", extra={"k": 1})])
        """
    )
    [dag] = answers.of("dag")
    expected = {
        "dag_id": "all",
        "owners": "me",
        "description": "words",
        "schedule_interval": '"15 3 * * *"',
        "timetable_description": "At 03:15",
        "dataset_expression": "null",
        "max_active_runs": 3,
        "has_task_concurrency_limits": True,
        "is_paused_upon_creation": True,
        "tags": ["a", "b"],
        "owner_links": {"me": "mailto:me@example.org"},
        "pools": ["p"],
        "outlet_datasets": [{"task_id": "t", "uri": "s3://bucket/key", "extra": '{"k": 1}'}],
        "access_control": {"Viewer": {"DAG Runs": ["can_read"]}},
        "custom_timetable": False,
        "earliest": "2024-01-01T00:00:00+00:00",
        "latest": None,
        "catchup": False,
    }
    assert {key: dag[key] for key in expected} == expected
    assert answers.form("all")["dag"]["_dag_id"] == "all"
    assert answers.of("import_error") == []


def test_dataset_schedules(parse):
    answers = parse(
        """
        with DAG("both", start_date=START, schedule=(Dataset("s3://a/1") | Dataset("s3://a/2"))):
            EmptyOperator(task_id="t")
        """
    )
    [dag] = answers.of("dag")
    assert [dataset["uri"] for dataset in dag["schedule_datasets"]] == ["s3://a/1", "s3://a/2"]
    assert json.loads(dag["dataset_expression"]) == {"any": ["s3://a/1", "s3://a/2"]}


def test_the_hash_is_that_of_the_sorted_form(parse):
    answers = parse('with DAG("d", start_date=START):\n    EmptyOperator(task_id="t")\n')
    [dag] = answers.of("dag")
    text = json.dumps(answers.form("d"), sort_keys=True)
    assert dag["dag_hash"] == hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def", "SyntaxError"),
        ("raise ValueError('no')", "ValueError: no"),
        ("import sys; sys.exit('bye')", "SystemExit: bye"),
        ("import no_such_module", "ModuleNotFoundError"),
        (
            "with DAG('c'):\n    a = EmptyOperator(task_id='a')\n    a >> EmptyOperator(task_id='b') >> a",
            "AirflowDagCycleException",
        ),
        (
            "with DAG('t'):\n    EmptyOperator(task_id='a')\n    EmptyOperator(task_id='a')",
            "DuplicateTaskIdFound",
        ),
    ],
)
def test_errors_of_the_file(parse, text, expected):
    answers = parse(text)
    [error] = answers.of("import_error")
    assert error["path"].endswith("/a.py")
    assert expected in error["stacktrace"]
    assert answers.of("dag") == []
    assert len(answers.of("parsed")) == 1


def test_a_dag_that_cannot_be_serialized_keeps_its_row(parse):
    answers = parse(
        """
        from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
        from pendulum import datetime as instant

        class Mine(Timetable):
            def next_dagrun_info(self, *, last_automated_data_interval, restriction):
                if last_automated_data_interval is None:
                    return DagRunInfo.exact(instant(2024, 2, 1))
                return DagRunInfo.exact(last_automated_data_interval.end.add(days=1))

            def infer_manual_data_interval(self, *, run_after):
                return DataInterval.exact(run_after)

        with DAG("good", start_date=START, schedule=None):
            EmptyOperator(task_id="t")
        with DAG("mine", start_date=START, schedule=Mine()):
            EmptyOperator(task_id="t")
        """,
        last_automated_intervals={"mine": ["2024-03-01T00:00:00+00:00", "2024-03-02T00:00:00+00:00"]},
    )
    good, mine = answers.of("dag")
    assert good["dag_hash"] and not mine["dag_hash"]
    assert mine["custom_timetable"]
    assert mine["next_dagrun"]["logical_date"] == "2024-03-03T00:00:00+00:00"
    [error] = answers.of("import_error")
    assert "not registered" in error["stacktrace"]


def test_what_the_import_read(parse, tmp_path):
    (tmp_path / "names_of_this_test.py").write_text("NAME = 'x'\n")
    (tmp_path / "data.yaml").write_text("a: 1\n")
    (tmp_path / "many").mkdir()
    answers = parse(
        """
        import os
        from names_of_this_test import NAME
        here = os.path.dirname(__file__)
        open(os.path.join(here, "data.yaml")).read()
        os.listdir(os.path.join(here, "many"))
        open("/etc/hostname").close()
        """
    )
    [parsed] = answers.of("parsed")
    expected = ["a.py", "data.yaml", "names_of_this_test.py"]
    assert parsed["files"] == [str(tmp_path / name) for name in expected]
    assert parsed["folders"] == [str(tmp_path / "many")]


def test_a_missing_module_makes_searched_folders_count(parse, tmp_path):
    [parsed] = parse("import not_there_yet\n").of("parsed")
    assert str(tmp_path) in parsed["folders"]


def test_load_dag_says_what_is_wrong(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(HEADER + 'with DAG("d", start_date=START):\n    EmptyOperator(task_id="t")\n')
    assert loader.load_dag(str(path), str(tmp_path), "d").task_ids == ["t"]
    with pytest.raises(loader.DagNotFound, match="it defines: d"):
        loader.load_dag(str(path), str(tmp_path), "other")
    path.write_text(HEADER + "raise ValueError('no')\n")
    with pytest.raises(loader.DagNotFound, match="ValueError: no"):
        loader.load_dag(str(path), str(tmp_path), "d")
    with pytest.raises(loader.DagNotFound, match="does not exist"):
        loader.load_dag(str(tmp_path / "b.py"), str(tmp_path), "d")


def test_the_rehearsal_leaves_no_dag_behind():
    from airflow.models.dag import DagContext

    from updraft_runtime import loader_preload

    loader_preload._rehearse()
    assert not DagContext.autoregistered_dags
    assert DagContext.get_current_dag() is None

"""The parse role without a database: a forked child that asks its supervisor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from supervising import Ended, Supervisor

PYTHON = Path(__file__).parents[1]


@pytest.fixture
def parse(supervisor: Supervisor) -> Any:
    """Parses a file in a forked child, with answers to its questions."""

    def run(source: str, **answers: Any) -> Ended:
        supervisor.answers = answers
        path = supervisor.write_dag(source)
        request = {"type": "parse", "path": str(path), "dags_folder": str(supervisor.folder), "request": {}}
        ended = supervisor.run_message(request, b"", role="parse")
        assert (ended.exit_code, ended.messages[-1][0]["type"]) == (0, "parsed"), ended.output
        return ended

    return run


def errors(ended: Ended) -> list[str]:
    return [message["stacktrace"] for message in ended.of_type("import_error")]


FILE = """
    from datetime import datetime
    from airflow import DAG
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.operators.bash import BashOperator

    with DAG("d", schedule="@daily", start_date=datetime(2024, 1, 1)):
        BashOperator(task_id=Variable.get("name"), bash_command="echo " + BaseHook.get_connection("there").host)
"""


def test_variables_and_connections_come_from_the_supervisor(parse) -> None:
    ended = parse(
        FILE,
        get_variable=lambda request: ({"found": True}, request["key"].upper().encode()),
        get_connection={"found": True, "uri": "http://example.org"},
    )
    assert errors(ended) == []
    [(dag, blob)] = [(message, blob) for message, blob in ended.messages if message["type"] == "dag"]
    [task] = json.loads(blob)["dag"]["tasks"]
    assert (task["__var"]["task_id"], task["__var"]["bash_command"]) == ("NAME", "echo example.org")
    assert len(dag["dag_hash"]) == 32


def test_a_variable_that_is_not_there_is_an_import_error(parse) -> None:
    [error] = errors(parse(FILE, get_variable={"found": False}))
    assert "Variable name does not exist" in error


def test_warnings_of_the_file(parse) -> None:
    ended = parse("import warnings\n# airflow dag\nwarnings.warn('mind the gap')\n")
    [warning] = ended.of_type("warning")
    assert warning["messages"] == [f"{warning['path']}:3: UserWarning: mind the gap"]


STABLE = """
from updraft_runtime.loader_parse import answer

def show(envelope, blob):
    print(envelope.get("dag_hash") or envelope.get("stacktrace") or "")

answer({"path": PATH, "dags_folder": "/"}, show)
"""


def test_the_hash_is_the_same_whatever_the_order_of_sets_is(tmp_path: Path) -> None:
    path = tmp_path / "dag_file.py"
    path.write_text(
        """
from airflow import DAG
from airflow.decorators import task
from airflow.operators.python import PythonVirtualenvOperator

@task.bash
def command():
    return "true"

def work():
    pass

with DAG("d", schedule=None, tags=["b", "a"], default_args={"names": {"x", "y", "z"}}):
    command()
    PythonVirtualenvOperator(task_id="t", python_callable=work)
"""
    )
    hashes = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONPATH": str(PYTHON), "PYTHONHASHSEED": seed}
        code = STABLE.replace("PATH", repr(str(path)))
        command = [sys.executable, "-c", code]
        hashes.add(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)
    assert len(hashes) == 1
    assert len(hashes.pop().strip()) == 32

"""`dag.test()` and `dag.cli()`."""

from __future__ import annotations

import datetime
import json
import sys

import pytest
from airflow import DAG
from airflow.exceptions import AirflowException


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program in place of `updraft` that writes down how it was called."""
    path = tmp_path / "updraft"
    path.write_text(
        f"#!{sys.executable}\nimport json, sys\njson.dump(sys.argv[1:], open({str(tmp_path / 'call')!r}, 'w'))\n"
    )
    path.chmod(0o755)
    monkeypatch.setenv("UPDRAFT", str(path))
    return tmp_path / "call"


def test_starts_the_program(program):
    dag = DAG("d", schedule=None)
    run = dag.test(datetime.datetime(2024, 1, 1), run_conf={"a": 1}, mark_success_pattern="x.*")
    assert run.state == "success"
    assert json.loads(program.read_text()) == [
        *("dags", "test", "d", "2024-01-01T00:00:00", "--subdir", __file__),
        *("--conf", '{"a": 1}', "--mark-success-pattern", "x.*"),
    ]


def test_a_program_that_is_not_there(monkeypatch):
    monkeypatch.delenv("UPDRAFT", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(AirflowException, match="the environment variable UPDRAFT"):
        DAG("d", schedule=None).test()


def test_a_wrong_dag_is_not_started(program):
    from airflow.exceptions import AirflowTimetableInvalid

    with pytest.raises(AirflowTimetableInvalid):
        DAG("d", schedule="61 * * * *", start_date=datetime.datetime(2024, 1, 1)).test()
    assert not program.exists()


def test_cli_says_what_to_use():
    with pytest.raises(AirflowException, match="updraft dags test d"):
        DAG("d", schedule=None).cli()


@pytest.mark.parametrize("method", ["clear", "create_dagrun", "get_active_runs", "get_last_dagrun"])
def test_what_needs_the_database_says_so(method):
    with pytest.raises(AirflowException, match="metadata database"):
        getattr(DAG("d", schedule=None), method)()

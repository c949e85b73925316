"""Updraft works on a database that stock Airflow made and filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import installation
import pytest
import sqlalchemy

RUN = "manual__2024-06-04T00:00:00+00:00"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with installation.make(request.param, tmp_path_factory.mktemp("home")) as made:
        # `dags test` runs all tasks of a run in its own process: no scheduler to wait for.
        made.stock(["db", "migrate"], ["dags", "reserialize"], ["dags", "test", "succeeds", "2024-06-03"])
        yield made


def rows_of_stocks_run(made: installation.Installation) -> dict[str, list[Any]]:
    engine = sqlalchemy.create_engine(made.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    found = {}
    with engine.connect() as connection:
        for table in ("dag_run", "task_instance", "xcom", "rendered_task_instance_fields"):
            query = f"SELECT * FROM {table} WHERE dag_id = 'succeeds' AND run_id <> '{RUN}'"
            rows = connection.execute(sqlalchemy.text(query))
            found[table] = sorted(repr([_plain(value) for value in row]) for row in rows)
    engine.dispose()
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_updraft_goes_on_where_stock_stopped(filled: installation.Installation) -> None:
    before = rows_of_stocks_run(filled)
    # Only adds Updraft's own tables.
    filled.updraft("db", "migrate")
    filled.updraft("db", "check-migrations")
    [run] = json.loads(filled.updraft("dags", "list-runs", "-d", "succeeds", "-o", "json"))
    assert run["state"] == "success"
    words = ["tasks", "states-for-dag-run", "succeeds", run["run_id"], "-o", "json"]
    states = {task["task_id"]: task["state"] for task in json.loads(filled.updraft(*words))}
    assert states == {"push": "success", "templated": "success", "retried": "success", "skipped": "skipped"}

    filled.updraft("dags", "trigger", "succeeds", "--exec-date", "2024-06-04T00:00:00+00:00", "--run-id", RUN)
    filled.updraft_runs(until={"succeeds"})

    runs = json.loads(filled.updraft("dags", "list-runs", "-d", "succeeds", "-o", "json"))
    assert {run["run_id"]: run["state"] for run in runs} == {run["run_id"]: "success", RUN: "success"}
    assert rows_of_stocks_run(filled) == before
    filled.stock(["db", "check-migrations"])

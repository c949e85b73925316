"""Stock Airflow's command line and REST API accept a database that Updraft made and filled."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import installation
import pytest

RUN = "manual__2024-06-03T00:00:00+00:00"
STATES = {"push": "success", "templated": "success", "retried": "success", "skipped": "skipped"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with installation.make(request.param, tmp_path_factory.mktemp("home")) as made:
        made.updraft("db", "migrate")
        made.updraft("dags", "reserialize")
        for dag_id in ("succeeds", "fails"):
            made.updraft("dags", "trigger", dag_id, "--exec-date", "2024-06-03T00:00:00+00:00", "--run-id", RUN)
        made.updraft_runs(until={"succeeds", "fails"})
        yield made


@pytest.fixture(scope="module")
def get(filled: installation.Installation) -> Iterator[Any]:
    """Gets a path of the REST API: the status code and the content."""
    with filled.stock_web_server() as address:
        login = base64.b64encode(b"reader:reader").decode()

        def get(path: str, accept: str = "application/json") -> Any:
            headers = {"Authorization": f"Basic {login}", "Accept": accept}
            request = urllib.request.Request(f"{address}/api/v1/{path}", headers=headers)
            with urllib.request.urlopen(request, timeout=30) as response:
                content = response.read().decode()
                return json.loads(content) if accept == "application/json" else content

        yield get


def test_command_line(filled: installation.Installation) -> None:
    as_json = ["-o", "json"]
    _, dags, runs, states, failed = filled.stock(
        ["db", "check-migrations"],
        ["dags", "list", *as_json],
        ["dags", "list-runs", "-d", "succeeds", *as_json],
        ["tasks", "states-for-dag-run", "succeeds", RUN, *as_json],
        ["tasks", "states-for-dag-run", "fails", RUN, *as_json],
    )
    assert {dag["dag_id"]: dag["is_paused"] for dag in json.loads(dags)} == {"succeeds": "False", "fails": "False"}
    assert [(run["run_id"], run["state"]) for run in json.loads(runs)] == [(RUN, "success")]
    assert {task["task_id"]: task["state"] for task in json.loads(states)} == STATES
    assert {task["task_id"]: task["state"] for task in json.loads(failed)} == {
        "failed": "failed",
        "after": "upstream_failed",
    }


def test_api_dags(get: Any) -> None:
    dags = {dag["dag_id"]: dag for dag in get("dags")["dags"]}
    assert dags.keys() == {"succeeds", "fails"}
    assert {tag["name"] for tag in dags["succeeds"]["tags"]} == {"one", "two"}
    details = get("dags/succeeds/details")
    assert (details["description"], details["is_active"], details["has_import_errors"]) == ("ends well", True, False)
    assert {task["task_id"] for task in get("dags/succeeds/tasks")["tasks"]} == STATES.keys()
    [error] = get("importErrors")["import_errors"]
    assert error["filename"].endswith("broken.py")
    assert "No module named 'airflow_of_tomorrow'" in error["stack_trace"]


def test_api_runs(get: Any) -> None:
    [run] = get("dags/succeeds/dagRuns")["dag_runs"]
    assert (run["dag_run_id"], run["state"], run["run_type"], run["conf"]) == (RUN, "success", "manual", {})
    assert run["logical_date"] == "2024-06-03T00:00:00+00:00"
    assert run["start_date"] <= run["end_date"]
    [run] = get("dags/fails/dagRuns")["dag_runs"]
    assert run["state"] == "failed"


def test_api_task_instances(get: Any) -> None:
    path = f"dags/succeeds/dagRuns/{RUN}/taskInstances"
    found = {task["task_id"]: task for task in get(path)["task_instances"]}
    assert {task_id: task["state"] for task_id, task in found.items()} == STATES
    assert (found["retried"]["try_number"], found["retried"]["max_tries"]) == (2, 1)
    assert found["templated"]["rendered_fields"]["bash_command"] == "echo 2024-06-03 ü"
    # As on stock: what is kept of a try that is followed by another says that it failed.
    tries = get(f"{path}/retried/tries")["task_instances"]
    assert [(one["try_number"], one["state"]) for one in tries] == [(1, "failed"), (2, "success")]


def test_api_xcoms(get: Any) -> None:
    path = f"dags/succeeds/dagRuns/{RUN}/taskInstances"
    entries = get(f"{path}/push/xcomEntries")
    assert [entry["key"] for entry in entries["xcom_entries"]] == ["return_value"]
    entry = get(f"{path}/push/xcomEntries/return_value")
    assert entry["value"] == "{'a': [1, None, 'ü']}"
    assert get(f"{path}/retried/xcomEntries/return_value")["value"] == "2"


def test_api_logs(get: Any) -> None:
    def log(task_id: str, try_number: int) -> str:
        path = f"dags/succeeds/dagRuns/{RUN}/taskInstances/{task_id}/logs/{try_number}?full_content=true"
        return get(path, "text/plain")

    assert "pushing ☕" in log("push", 1)
    assert "ValueError: the first try fails" in log("retried", 1)
    assert "Marking task as UP_FOR_RETRY" in log("retried", 1)
    assert "Marking task as SUCCESS" in log("retried", 2)

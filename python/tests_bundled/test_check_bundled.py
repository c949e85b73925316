"""What `updraft check` says of files that need more than the bundled API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """Checks a file and gives kind, line and hint of its problems."""

    def run(text: str) -> list[tuple[str, int, str]]:
        from updraft_runtime.loader_parse import answer

        path = tmp_path / "dag_file.py"
        path.write_text(text)
        found: list[dict[str, Any]] = []
        request = {"path": str(path), "dags_folder": str(tmp_path), "request": {"check": True}}
        answer(request, lambda envelope, blob: found.append(envelope))
        return [(one["kind"], one["line"], one["hint"]) for one in found if one["type"] == "problem"]

    return run


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        ("from airflow.operators.subdag import SubDagOperator", "absent_name", "python_sdk = apache"),
        ("from airflow.models import TaskReschedule", "absent_name", "python_sdk = apache"),
        ("from airflow.providers.google.cloud.hooks.gcs import GCSHook", "missing_module", "providers-google"),
        ("from airflow.models import Nothing", "missing_name", "Nothing"),
        ("import airflow.nothing", "missing_module", "airflow"),
    ],
)
def test_imports(check: Any, line: str, kind: str, words: str) -> None:
    [(found, number, hint)] = check(f"# a dag\nfrom airflow import DAG\n{line}\n")
    assert (found, number) == (kind, 3)
    assert words in hint


def test_sessions_of_the_database(check: Any) -> None:
    problems = check(
        """
from airflow import DAG, settings
from airflow.decorators import task
from airflow.utils.session import create_session, NEW_SESSION

with DAG("d", schedule=None):
    @task
    def ask():
        with create_session() as session:
            return session.query(1)

    @task
    def other():
        return settings.Session()

    ask() >> other()
"""
    )
    assert [(kind, line) for kind, line, _ in problems] == [("database_session", 4), ("database_session", 14)]
    assert "REST API" in problems[0][2]

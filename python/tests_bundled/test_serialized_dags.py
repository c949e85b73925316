"""DAG files give the same rows and stored forms with the bundled API as with Airflow 2.10.5.

The files in golden/ were recorded with `record/serialized_dags.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from normal_form import differences
from parsing import parse

HERE = Path(__file__).parent
DAGS = HERE.parents[1] / "tests" / "dags" / "reference"

#: DAG files that need provider packages. They are installed in the environment with Airflow.
NEED_PROVIDERS = {"provider_google.py"}


def recorded(name: str) -> dict[str, list[dict[str, Any]]]:
    """What was recorded, by DAG file."""
    found: dict[str, list[dict[str, Any]]] = {}
    with (HERE / "golden" / name).open() as stream:
        for line in map(json.loads, stream):
            found.setdefault(line["file"], []).append(line)
    return found


SAMPLES = recorded("samples.jsonl")
EXAMPLES = recorded("examples.jsonl")


def compare(expected: list[dict[str, Any]], path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow import settings

    monkeypatch.setattr(settings, "DAGS_FOLDER", str(folder))
    compare_lines(expected, parse(path, folder))


def compare_lines(expected: list[dict[str, Any]], lines: Iterable[dict[str, Any]]) -> None:
    found = {line["dag_id"]: line for line in lines}
    assert sorted(found) == sorted(line["dag_id"] for line in expected)
    for line in expected:
        assert list(differences(line, found[line["dag_id"]])) == []


@pytest.mark.parametrize("file", sorted(SAMPLES.keys() - NEED_PROVIDERS))
def test_samples(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(SAMPLES[file], DAGS / file, DAGS, monkeypatch)


@pytest.mark.parametrize("file", sorted(NEED_PROVIDERS))
def test_samples_with_providers(file: str, tmp_path: Path) -> None:
    # The bundled package hides the installed Airflow, and takes its providers.
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "PYTHONPATH": f"{HERE.parent}:{HERE}",
    }
    command = [os.environ["UPDRAFT_TEST_AIRFLOW_PYTHON"], str(HERE / "parsing.py"), str(DAGS / file), str(DAGS)]
    found = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    *lines, package = map(json.loads, found.stdout.splitlines())
    assert package == str(HERE.parent / "airflow")
    compare_lines(SAMPLES[file], lines)


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of the example DAGs in an installation of Airflow."""
    python = os.environ["UPDRAFT_TEST_AIRFLOW_PYTHON"]
    code = "import importlib.util as u; print(u.find_spec('airflow').submodule_search_locations[0])"
    # The path of this process's packages is none of the other's business.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    found = subprocess.run([python, "-c", code], cwd="/", env=environment, check=True, capture_output=True, text=True)
    return Path(found.stdout.strip()) / "example_dags"


#: Libraries that example DAGs import and no operator of theirs needs while the file is parsed.
LIBRARIES = ("httpx", "requests")

#: Example DAGs that cannot be parsed, and what their import error says.
NOT_PARSED = {
    # Sub-DAGs, which the scheduler does not run.
    "example_subdag_operator.py": "airflow.example_dags",
    "tutorial_objectstorage.py": "airflow.io.path",
    # A timetable that only a plugin of Airflow's own examples registers; no more with apache-airflow.
    "example_workday_timetable.py": "airflow.example_dags",
}


@pytest.fixture
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))


@pytest.mark.parametrize("file", sorted(EXAMPLES.keys() - NOT_PARSED.keys()))
def test_examples_of_airflow(file: str, examples: Path, libraries: None, monkeypatch: pytest.MonkeyPatch) -> None:
    compare(EXAMPLES[file], examples / file, examples, monkeypatch)


@pytest.mark.parametrize("file", sorted(NOT_PARSED))
def test_examples_that_need_more(file: str, examples: Path, libraries: None) -> None:
    from updraft_runtime.loader import import_file

    [error] = import_file(str(examples / file), str(examples)).bag.import_errors.values()
    assert NOT_PARSED[file] in error
    assert "python_sdk = apache" in error

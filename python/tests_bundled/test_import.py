"""What an import of this package loads, and what an import of a name that it has not says."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

PYTHON = Path(__file__).parents[1]


def run(code, **environment):
    command = [sys.executable, "-c", code]
    variables = {**os.environ, "PYTHONPATH": str(PYTHON), **environment}
    return subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout


def test_an_import_loads_nothing_heavy():
    loaded = run("from airflow import DAG; from airflow.decorators import dag, task; import sys; print(*sys.modules)")
    heavy = {"dataclasses", "inspect", "jinja2", "json", "logging", "pendulum", "subprocess", "typing", "zoneinfo"}
    assert heavy.intersection(loaded.split()) == set()
    assert "airflow._absent_names" not in loaded.split()


def test_a_dag_file_does_not_load_the_names_that_are_absent():
    source = """
from airflow import DAG
from airflow.decorators import task
from airflow.operators.bash import BashOperator
from airflow.utils import timezone
with DAG("d", schedule=None):
    @task
    def t(): ...
    t() >> BashOperator(task_id="b", bash_command="true")
import sys
print(*sys.modules)
"""
    loaded = run(source).split()
    assert "airflow._absent_names" not in loaded
    assert "jinja2" not in loaded


def error_of(code):
    with pytest.raises(ImportError) as caught:
        exec(code, {})
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("from airflow.models.dag import get_last_dagrun", "airflow.models.dag.get_last_dagrun"),
        ("from airflow.models import DagPickle", "airflow.models.DagPickle"),
        ("from airflow import jobs", "airflow.jobs"),
        ("import airflow.www.app", "the module airflow.www"),
        ("from airflow.jobs.scheduler_job_runner import SchedulerJobRunner", "the module airflow.jobs"),
        ("import importlib; importlib.import_module('airflow.www')", "the module airflow.www"),
    ],
)
def test_a_name_of_airflow_that_is_absent(code, what):
    message = error_of(code)
    assert f"Airflow 2.10.5 has {what}," in message
    assert "[updraft] python_sdk = apache" in message


@pytest.mark.parametrize("code", ["from airflow.models.dag import Nonsense", "from airflow import nonsense"])
def test_a_name_that_nobody_has(code):
    assert "cannot import name" in error_of(code)


def test_a_module_that_nobody_has():
    assert error_of("import airflow.nowhere") == "No module named 'airflow.nowhere'"


def test_asking_whether_a_name_is_there_is_no_error():
    import importlib.util

    assert importlib.util.find_spec("airflow.providers.nowhere") is None
    assert importlib.util.find_spec("airflow.www") is None
    import airflow.models.dag

    assert not hasattr(airflow.models.dag, "get_last_dagrun")
    assert getattr(airflow.models.dag, "get_last_dagrun", 5) == 5
    with pytest.raises(AttributeError, match="Airflow 2.10.5 has"):
        airflow.models.dag.get_last_dagrun  # noqa: B018


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("airflow.providers.nowhere.hooks.x", "apache-airflow-providers-nowhere,"),
        ("airflow.providers.cncf.kubernetes.operators.pod", "apache-airflow-providers-cncf-…,"),
    ],
)
def test_a_provider_that_is_not_installed(module, package):
    assert package in error_of(f"import {module}")


def test_old_names_are_redirected():
    from airflow.operators.bash import BashOperator

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from airflow.operators.bash_operator import BashOperator as Old
    assert Old is BashOperator
    assert [(item.category, item.filename) for item in caught] == [(DeprecationWarning, __file__)] * len(caught)


def test_a_deprecated_argument_is_reported_at_its_line():
    from airflow import DAG

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        DAG("d", schedule=None, concurrency=3)
    assert [item.filename for item in caught] == [__file__]


def test_providers_of_other_folders_are_found(tmp_path):
    provider = tmp_path / "airflow" / "providers" / "acme"
    provider.mkdir(parents=True)
    (provider / "__init__.py").write_text("")
    (provider / "hooks.py").write_text(
        "class AcmeHook:\n    conn_name_attr = 'acme_id'\n    def __init__(self, acme_id): self.id = acme_id\n"
    )
    info = tmp_path / "apache_airflow_providers_acme-1.2.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[apache_airflow_provider]\nprovider_info=airflow.providers.acme:info\n")
    (provider / "__init__.py").write_text(
        "def info():\n"
        "    return {'package-name': 'apache-airflow-providers-acme', 'connection-types': [\n"
        "        {'connection-type': 'acme', 'hook-class-name': 'airflow.providers.acme.hooks.AcmeHook'}],\n"
        "        'task-decorators': [{'name': 'acme', 'class-name': 'airflow.providers.acme.decorate'}],\n"
        "        'dataset-uris': [{'schemes': ['acme'], 'handler': 'airflow.providers.acme.check'}]}\n"
        "def decorate(function): return 'decorated'\n"
        "def check(parts): return parts._replace(path='/checked')\n"
    )
    code = """
from airflow.datasets import Dataset
from airflow.decorators import task
from airflow.models import Connection
print(Connection("c", "acme").get_hook().id, task.acme(print), Dataset("acme://x").uri)
"""
    assert run(code, PYTHONPATH=os.pathsep.join((str(PYTHON), str(tmp_path)))) == "c decorated acme://x/checked\n"


def test_the_folders_of_the_deployment_are_on_the_search_path(tmp_path):
    for folder in ("config", "plugins", "dags"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"of_{folder}.py").write_text("")
    code = "import airflow, of_config, of_plugins, of_dags; import sys; print(sys.path[-3:])"
    expected = [str(tmp_path / folder) for folder in ("config", "plugins", "dags")]
    assert run(code, AIRFLOW_HOME=str(tmp_path)) == f"{expected}\n"

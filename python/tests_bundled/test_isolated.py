"""Functions that run in other interpreters."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from supervising import Supervisor

HEAD = f"""
from airflow import DAG
from airflow.decorators import task
from airflow.operators.python import ExternalPythonOperator, PythonVirtualenvOperator

PYTHON = {sys.executable!r}

"""


@pytest.fixture
def run(supervisor: Supervisor) -> Any:
    supervisor.answers = {"get_previous_dag_run": {"dag_run": None}}
    return lambda source, **changes: supervisor.run(HEAD + source, **changes)


def test_arguments_context_and_result(run) -> None:
    ended = run(
        """
def work(one, two, ds, logical_date, **context):
    import os
    print("strings:", virtualenv_string_args)
    return [one, two, ds, logical_date.year, os.environ["MINE"], sorted(context)[:1]]

with DAG("d"):
    ExternalPythonOperator(
        task_id="t", python=PYTHON, python_callable=work, op_args=[1], op_kwargs={"two": "{{ ds }}"},
        string_args=["a", "b"], env_vars={"MINE": "yes"},
    )
"""
    )
    assert ended.state == "success", ended.log
    assert ended.returned == [1, "2024-01-01", "2024-01-01", 2024, "yes", ["data_interval_end"]]
    assert "strings: ['a', 'b']" in ended.log


def test_a_decorated_function(run) -> None:
    ended = run(
        """
with DAG("d"):
    @task.external_python(python=PYTHON, multiple_outputs=False)
    def t(number):
        import os
        return {"number": number, "pid": os.getpid()}

    t(3)
"""
    )
    assert ended.state == "success", ended.log
    assert ended.returned["number"] == 3


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        ("raise SystemExit(99)", "skipped", "code 99"),
        ("raise ValueError('of the function')", "failed", "of the function"),
    ],
)
def test_how_it_ends(run, body, state, words) -> None:
    ended = run(
        f"""
def work():
    {body}

with DAG("d"):
    ExternalPythonOperator(task_id="t", python=PYTHON, python_callable=work, skip_on_exit_code=99)
"""
    )
    assert ended.state == state
    assert words in ended.log


def test_an_environment_that_is_kept(run, tmp_path) -> None:
    source = f"""
def work():
    import sys
    return sys.prefix

with DAG("d"):
    PythonVirtualenvOperator(task_id="t", python_callable=work, venv_cache_path={str(tmp_path / "kept")!r})
"""
    first, second = run(source), run(source)
    assert first.state == second.state == "success", first.log
    assert first.returned == second.returned
    assert first.returned.startswith(str(tmp_path / "kept"))
    assert "Re-using cached" in second.log

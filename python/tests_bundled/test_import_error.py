"""Import errors show the author's own lines."""

from __future__ import annotations

import pytest
from airflow.models.dagbag import DagBag


def import_error(tmp_path, source, **files):
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "dag_file.py").write_text(f"from airflow import DAG\n{source}\n")
    [error] = DagBag(tmp_path, include_examples=False, safe_mode=True).import_errors.values()
    return error


@pytest.mark.parametrize(
    ("source", "last_line", "raised"),
    [
        ("DAG('d', schedule='@daily')", "DAG('d', schedule='@daily')", "ValueError: DAG is missing the start_date"),
        (
            "from airflow.operators.bash import BashOperator\nBashOperator(task_id='t', bash_command='', retrys=1)",
            "BashOperator(task_id='t', bash_command='', retrys=1)",
            "airflow.exceptions.AirflowException: Invalid arguments",
        ),
    ],
)
def test_lines_of_the_package_are_left_out(tmp_path, source, last_line, raised):
    error = import_error(tmp_path, source)
    lines = error.strip().splitlines()
    assert "airflow/models" not in error
    assert lines[-1].startswith(raised)
    assert any(line.strip() == last_line for line in lines)


def test_the_innermost_line_of_the_author_is_the_last_one(tmp_path):
    source = (
        "from airflow.decorators import dag\n"
        "@dag(schedule=None)\n"
        "def whole():\n"
        "    try:\n"
        "        raise KeyError('first')\n"
        "    except KeyError as error:\n"
        "        raise ValueError('second') from error\n"
        "whole()"
    )
    error = import_error(tmp_path, source)
    assert error.index("raise KeyError('first')") < error.index("direct cause") < error.index("raise ValueError")
    assert error.strip().endswith("ValueError: second")


def test_what_this_package_alone_raises_is_shown(tmp_path):
    error = import_error(tmp_path, "def broken(:")
    assert "SyntaxError" in error
    assert "dag_file.py" in error

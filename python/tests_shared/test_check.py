"""What `updraft check` says of DAG files: the kind of each problem, its place and its hint."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def check(sdk: None, tmp_path: Path) -> Any:
    """Checks a file and gives its problems."""

    def run(text: str) -> list[dict[str, Any]]:
        from updraft_runtime.loader_parse import answer

        path = tmp_path / "dag_file.py"
        path.write_text(textwrap.dedent(text).lstrip())
        found: list[dict[str, Any]] = []
        request = {"path": str(path), "dags_folder": str(tmp_path), "request": {"check": True}}
        answer(request, lambda envelope, blob: found.append(envelope))
        assert found[-1]["type"] == "parsed"
        problems = [envelope for envelope in found if envelope["type"] == "problem"]
        assert all(problem["path"] == str(path) for problem in problems)
        return problems

    return run


SOUND = """
    from datetime import datetime
    from airflow.decorators import dag, task
    from airflow.models import BaseOperator, Variable

    class Mine(BaseOperator):
        template_fields = ("path",)

        def __init__(self, *, path, **kwargs):
            super().__init__(**kwargs)
            self.path = path

        def execute(self, the_context):
            return Variable.get("key")

    @dag(schedule="@daily", start_date=datetime(2024, 1, 1), catchup=False)
    def sound():
        @task
        def ask():
            return Variable.get("key")

        ask() >> Mine(task_id="mine", path="x")

    sound()
"""


def test_a_sound_file_has_no_problem(check):
    assert check(SOUND) == []


@pytest.mark.parametrize(
    ("text", "kind", "line", "words"),
    [
        (
            """
            from airflow import DAG
            with DAG("x" schedule=None):
                pass
            """,
            "syntax_error",
            2,
            "no Python",
        ),
        (
            """
            from airflow import DAG
            import no_such_module_at_all
            """,
            "missing_module",
            2,
            "no_such_module_at_all",
        ),
        (
            """
            from airflow import DAG
            from os.path import joyn
            """,
            "missing_name",
            2,
            "did you mean join",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.bsh import BashOperator
            """,
            "missing_module",
            2,
            "did you mean airflow.operators.bash?",
        ),
        (
            """
            from airflow import DAG
            from airflow.operatrs.bash import BashOperator
            """,
            "missing_module",
            2,
            "did you mean airflow.operators?",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.bash import BashOperatr
            """,
            "missing_name",
            2,
            "did you mean BashOperator?",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.empty import EmptyOperator
            with DAG("d", schedule=None):
                EmptyOperator(task_id="a")
                EmptyOperator(task_id="a")
            """,
            "duplicate_task_id",
            5,
            "id of its own",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.bash import BashOperator
            with DAG("d", schedule=None):
                BashOperator(task_id="a", bash_command="true", retrys=3)
            """,
            "unknown_argument",
            4,
            "did you mean retries?",
        ),
        (
            """
            from airflow import DAG
            with DAG("d", shedule=None):
                pass
            """,
            "unknown_argument",
            2,
            "did you mean schedule?",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.bash import BashOperator
            with DAG("d", schedule=None):
                BashOperator(task_id="a")
            """,
            "missing_argument",
            4,
            "the message names",
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.empty import EmptyOperator
            with DAG("d", schedule=None):
                EmptyOperator(task_id="a", trigger_rule="al_done")
            """,
            "invalid_value",
            4,
            "values",
        ),
        (
            """
            from airflow import DAG
            with DAG("d", schedule="@daily"):
                pass
            """,
            "no_start_date",
            2,
            "start_date=datetime",
        ),
        (
            """
            from datetime import datetime
            from airflow import DAG
            from airflow.models.param import Param
            START = datetime(2024, 1, 1)
            with DAG("d", schedule="@daily", start_date=START, params={"n": Param("a", type="integer")}):
                pass
            """,
            "invalid_param",
            5,
            "valid default",
        ),
        (
            """
            from airflow import DAG

            def build():
                raise ValueError("of my own")

            build()
            """,
            "import_error",
            4,
            "your own files",
        ),
    ],
)
def test_errors_of_the_file(check, text, kind, line, words):
    [problem] = check(text)
    assert (problem["kind"], problem["line"], problem["severity"]) == (kind, line, "error")
    assert words in problem["hint"]


def test_a_cycle_is_shown_as_its_arrows(check):
    [problem] = check(
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        with DAG("round", schedule=None):
            a = EmptyOperator(task_id="a")
            b = EmptyOperator(task_id="b")
            c = EmptyOperator(task_id="c")
            a >> b >> c >> b
        """
    )
    assert (problem["kind"], problem["dag_id"], problem["line"]) == ("cycle", "round", 5)
    assert "b >> c >> b" in problem["message"]


OPERATORS = """
    from airflow import DAG
    from airflow.models import BaseOperator

    class Wrong(BaseOperator):
        {body}

    with DAG("d", schedule=None):
        Wrong(task_id="t")
"""


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("def execute(self): pass", 5, "cannot be called with the context"),
        ("def execute(self, context, other): pass", 5, "cannot be called with the context"),
        ("async def execute(self, context): pass", 5, "asynchronous"),
        ("@staticmethod\n        def execute(context): pass", 5, "cannot be called with the context"),
        ("pass", 4, "no execute method"),
        ("def run(self, context): pass", 4, "no execute method"),
    ],
)
def test_operators_that_cannot_run(check, body, line, words):
    [problem] = check(OPERATORS.format(body=body))
    assert (problem["kind"], problem["task_id"], problem["line"]) == ("execute", "t", line)
    assert words in problem["message"]


def test_a_template_field_without_its_attribute(check):
    [problem] = check(OPERATORS.format(body='template_fields = ("gone",)\n        def execute(self, context): pass'))
    assert problem["kind"] == "template_fields"
    assert "'gone'" in problem["message"]


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (
            """
            from airflow import DAG
            from airflow.models import Variable
            from airflow.operators.bash import BashOperator
            with DAG("d", schedule=None):
                BashOperator(task_id="t", bash_command=Variable.get("key", default_var="true"))
            """,
            "lookup_at_parse_time",
            5,
        ),
        (
            """
            from datetime import datetime, timedelta
            from airflow import DAG
            from airflow.operators.empty import EmptyOperator
            with DAG(
                "d",
                schedule=None,
                start_date=datetime.now() - timedelta(days=1),
            ):
                EmptyOperator(task_id="t")
            """,
            "moving_start_date",
            7,
        ),
        (
            """
            from airflow.decorators import dag

            @dag(schedule=None)
            def forgotten():
                pass
            """,
            "no_dag",
            4,
        ),
        (
            """
            from airflow import DAG
            with DAG("d", schedule=None):
                pass
            """,
            "no_tasks",
            2,
        ),
        (
            """
            from airflow import DAG
            from airflow.operators.empty import EmptyOperator
            with DAG("d", schedule=None) as one:
                EmptyOperator(task_id="t")
            with DAG("d", schedule=None) as other:
                EmptyOperator(task_id="t")
            """,
            "duplicate_dag_id",
            3,
        ),
    ],
)
def test_what_works_and_will_surprise(check, text, kind, line):
    problems = check(text)
    assert [(problem["kind"], problem["line"]) for problem in problems] == [(kind, line)]
    assert problems[0]["hint"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("from airflow import DAG\n\ndef make():\n    return DAG('d')\n", []),
        ("from airflow import DAG\nif False:\n    with DAG('d'):\n        pass\n", ["no_dag"]),
    ],
)
def test_modules_that_dag_files_import_are_no_problem(check, text, kinds):
    assert [problem["kind"] for problem in check(text)] == kinds


def test_a_task_that_is_its_trigger_needs_no_execute(check):
    body = "start_from_trigger = True"
    assert check(OPERATORS.format(body=body)) == []


def test_what_is_deprecated(check):
    [problem] = check(
        """
        from airflow import DAG
        from airflow.operators.empty import EmptyOperator
        with DAG("d", schedule=None):
            EmptyOperator(task_id="t", task_concurrency=3)
        """
    )
    assert (problem["kind"], problem["line"], problem["severity"]) == ("deprecated", 4, "warning")
    assert "max_active_tis_per_dag" in problem["message"]


def test_look_ups_where_a_task_runs_are_no_problem(check):
    kinds = {problem["kind"] for problem in check(SOUND.replace("ask() >>", "Variable.get('a', None); ask() >>"))}
    assert kinds == {"lookup_at_parse_time"}

"""Templates: files, search path, filters, macros, native types and errors."""

from __future__ import annotations

import pytest
from dags import dag


def rendered(supervisor, template, dag_arguments="", more=""):
    source = dag("return context['v']", f"op_kwargs={{'v': {template}}}", dag_arguments)
    ended = supervisor.run(more + source)
    assert ended.state == "success", ended.log
    return ended.returned


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("'plain'", "plain"),
        ("'{{ ds }}'", "2024-01-01"),
        ("'{{ logical_date | ts_nodash }}'", "20240101T000000"),
        ("'{{ macros.ds_add(ds, 5) }}'", "2024-01-06"),
        ('\'{{ macros.ds_format(ds, "%Y-%m-%d", "%d.%m.%y") }}\'', "01.01.24"),
        ("'{{ dag.dag_id }}.{{ task.task_id }} {{ ti.try_number }}'", "d.t 1"),
        ("'{{ dag_run.run_type }} {{ run_id }}'", "scheduled scheduled__2024-01-01T00:00:00+00:00"),
        ("['{{ ds }}', {'a': ('{{ ts }}', 1)}]", ["2024-01-01", {"a": ["2024-01-01T00:00:00+00:00", 1]}]),
        ('\'{{ params.get("none", "default") }}\'', "default"),
        ("'{{ data_interval_end - data_interval_start }}'", "1 day"),
        ("'{{ (1 + 2) * 3 }}'", "9"),
    ],
)
def test_values(supervisor, template, expected):
    found = rendered(supervisor, template)
    if template.startswith("'{{ data_interval_end -"):
        # pendulum 2 and 3 show a duration differently.
        assert str(found).startswith(("1 day", "<"))
    else:
        assert found == expected


def test_template_file_beside_the_dag_file(supervisor):
    (supervisor.folder / "command.sh").write_text("echo {{ ds }}\necho last {{ params.p }}\n")
    ended = supervisor.run(
        dag(more="BashOperator(task_id='b', bash_command='command.sh', params={'p': 7})"), task_id="b"
    )
    assert ended.state == "success", ended.log
    assert ended.returned == "last 7"
    assert ended.rendered["bash_command"] == "echo 2024-01-01\necho last 7"


def test_template_searchpath(supervisor):
    folder = supervisor.folder / "sql"
    folder.mkdir()
    (folder / "query.sql").write_text("{% include 'head.sql' %} WHERE day = '{{ ds }}'")
    (folder / "head.sql").write_text("SELECT 1")
    source = dag(
        "return context['templates_dict']['q']",
        "templates_dict={'q': 'query.sql'}, templates_exts=['.sql']",
        f"template_searchpath={str(folder)!r}",
    )
    assert supervisor.run(source).returned == "SELECT 1 WHERE day = '2024-01-01'"


def test_user_defined_macros_and_filters(supervisor):
    arguments = "user_defined_macros={'twice': lambda x: x * 2}, user_defined_filters={'loud': str.upper}"
    assert rendered(supervisor, "'{{ twice(\"ab\") | loud }}'", arguments) == "ABAB"


def test_native_values(supervisor):
    found = rendered(supervisor, "'{{ [1, 2] }}'", "render_template_as_native_obj=True")
    assert found == [1, 2]


def test_values_of_an_operator_of_the_user(supervisor):
    source = dag() + (
        "    from airflow.models import BaseOperator\n"
        "    class Inner:\n"
        "        template_fields = ('text',)\n"
        "        def __init__(self): self.text = '{{ ds }}'\n"
        "    class Own(BaseOperator):\n"
        "        template_fields = ('inner', 'other')\n"
        "        def __init__(self, **kwargs):\n"
        "            super().__init__(**kwargs)\n"
        "            self.inner, self.other = Inner(), '{{ ts }}'\n"
        "        def execute(self, context): return [self.inner.text, self.other]\n"
        "    Own(task_id='o')\n"
    )
    ended = supervisor.run(source, task_id="o")
    assert ended.returned == ["2024-01-01", "2024-01-01T00:00:00+00:00"], ended.log


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("'{{ nothing.there }}'", "UndefinedError"),
        ("'{% if %}'", "TemplateSyntaxError"),
        ("'{{ 1 / 0 }}'", "ZeroDivisionError"),
        ("'{{ \"\".__class__.__mro__ }}'", "SecurityError"),
    ],
)
def test_errors_fail_the_task_and_name_the_field(supervisor, template, error):
    source = dag("return 1", f"op_kwargs={{'v': {template}}}, retries=1")
    ended = supervisor.run(source, max_tries=1)
    assert ended.state == "up_for_retry"
    assert error in ended.outcome["exception"]
    assert "op_kwargs" in ended.log


def test_template_file_that_is_not_there(supervisor):
    ended = supervisor.run(dag(more="BashOperator(task_id='b', bash_command='missing.sh')"), task_id="b")
    assert ended.state == "failed"
    assert "missing.sh" in ended.outcome["exception"]

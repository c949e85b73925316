"""The context has Airflow's keys and values, and asks the database only for what is read."""

from __future__ import annotations

import json

import pytest
import rows
import supervising
from dags import dag


def test_same_keys_and_values_as_airflow(supervisor, database):
    """Builds both contexts for one task instance and compares every value by its text."""
    body = """
from airflow.utils.session import create_session
from updraft_runtime import sdk_apache_patches
ti = context['ti']
import airflow.models.taskinstance as module
with create_session() as session:
    theirs = module._get_template_context(task_instance=ti, dag=ti.task.dag, session=session)
ours = dict(ti.get_template_context()._context)
plain = lambda value: value if isinstance(value, (str, int, type(None))) else str(value)
for name in ('macros', 'var', 'conn', 'inlet_events', 'triggering_dataset_events', 'outlet_events', 'conf'):
    assert type(theirs._context[name]) is type(ours[name]), name
    del theirs._context[name], ours[name]
return [
    {name: plain(value) for name, value in sorted(theirs._context.items())},
    {name: plain(value) for name, value in sorted(ours.items())},
]
"""
    with rows.task_instance(run_id="before", date="2023-12-31", state="success"):
        ended = supervisor.run(dag(body, "params={'p': 1}"), conf={"c": 2})
    assert ended.state == "success", ended.log
    theirs, ours = ended.returned
    assert list(ours) == list(theirs)
    assert ours == theirs
    assert ours["prev_start_date_success"] == "2023-12-31 00:00:01+00:00"


@pytest.fixture
def no_database(monkeypatch):
    """Makes every connection to the metadata database an error."""
    from airflow import settings
    from sqlalchemy import event

    def refuse(*_):
        raise RuntimeError("the test allows no database connection")

    event.listen(settings.engine, "do_connect", refuse)
    yield
    event.remove(settings.engine, "do_connect", refuse)


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ("return sorted(context)[:2]", ""),
        ("context['ti'].xcom_push('a', 1)", ""),
        (
            "return context['ds']",
            "op_args=['{{ ds }} {{ params }} {{ ti.task_id }} {{ dag_run.conf }} {{ macros.ds_add(ds, 1) }}']",
        ),
        ("return get_current_context()['run_id']", ""),
        ("raise AirflowSkipException", ""),
        ("raise ValueError", "retries=1"),
        ("return str(context['dag_run'].logical_date) + str(context['ti'].get_dagrun().dag.dag_id)", ""),
    ],
)
def test_no_database_for_what_needs_none(supervisor, no_database, body, arguments):
    source = dag(body, arguments).replace("def call(**context)", "def call(*args, **context)")
    ended = supervisor.run(source, max_tries=1)
    assert "allows no database connection" not in ended.log
    assert ended.of_type("outcome")


def test_previous_run_by_name_is_none_when_there_is_none(supervisor, database):
    source = dag("return prev_start_date_success is None").replace(
        "def call(**context)", "def call(prev_start_date_success, **context)"
    )
    assert supervisor.run(source).returned is True


def test_wildcard_reads_the_database_when_used(supervisor, database):
    with rows.task_instance(run_id="before", date="2023-12-31", state="success"):
        ended = supervisor.run(dag("return context['prev_start_date_success'].isoformat()"))
    assert ended.returned == "2023-12-31T00:00:01+00:00"


def test_deprecated_key_warns_when_it_is_used(supervisor):
    body = """
import warnings
with warnings.catch_warnings(record=True) as before:
    warnings.simplefilter("always")
    get = context["execution_date"]
with warnings.catch_warnings(record=True) as after:
    warnings.simplefilter("always")
    text = get.isoformat()
return [len(before), [str(warning.message) for warning in after], text]
"""
    before, [warning], text = supervisor.run(dag(body)).returned
    assert (before, text) == (0, supervising.LOGICAL_DATE)
    assert warning.startswith("Accessing 'execution_date' from the template is deprecated")


@pytest.mark.parametrize(
    ("conf", "params", "expected"),
    [
        ({}, "{'a': 1}", {"a": 1, "d": 0}),
        ({"a": 5, "new": 6}, "{'a': 1}", {"a": 5, "d": 0, "new": 6}),
        ({"d": 7}, "{}", {"d": 7}),
    ],
)
def test_params(supervisor, conf, params, expected):
    ended = supervisor.run(dag("return context['params']", f"params={params}", "params={'d': 0}"), conf=conf)
    assert ended.returned == expected


def test_params_that_are_invalid_fail_the_task_with_its_callbacks(supervisor):
    source = "from airflow.models.param import Param\n" + dag(
        "return 1", "params={'a': Param(1, type='integer')}, on_failure_callback=note('failure')"
    )
    ended = supervisor.run(source, conf={"a": "text"})
    assert ended.state == "failed"
    assert "ParamValidationError" in ended.outcome["exception"]
    assert "failure failed" in ended.log


def test_task_instance_has_every_column(supervisor):
    body = (
        "ti = context['ti']\n"
        "return [ti.try_number, ti.max_tries, ti.hostname, ti.job_id, ti.pool, ti.queue, ti.operator, str(ti.start_date),"
        " ti.map_index, ti.state, str(ti.key), ti.dag_run.run_type, ti.dag_run.external_trigger, ti.raw, ti.test_mode]"
    )
    ended = supervisor.run(dag(body), max_tries=3)
    assert ended.returned == [
        1, 3, "worker-1", 7, "default_pool", "default", "PythonOperator", "2024-01-02 00:00:01.000002+00:00",
        -1, "running",
        "TaskInstanceKey(dag_id='d', task_id='t', run_id='scheduled__2024-01-01T00:00:00+00:00', try_number=1, map_index=-1)",
        "scheduled", False, True, False,
    ]  # fmt: skip


def test_environment(supervisor):
    ended = supervisor.run(dag("return {k: v for k, v in os.environ.items() if k.startswith('AIRFLOW_CTX')}"))
    assert ended.returned == {
        "AIRFLOW_CTX_DAG_OWNER": "airflow",
        "AIRFLOW_CTX_DAG_ID": "d",
        "AIRFLOW_CTX_TASK_ID": "t",
        "AIRFLOW_CTX_EXECUTION_DATE": supervising.LOGICAL_DATE,
        "AIRFLOW_CTX_TRY_NUMBER": "1",
        "AIRFLOW_CTX_DAG_RUN_ID": supervising.RUN_ID,
    }


def test_rendered_fields(supervisor):
    ended = supervisor.run(dag("return 1", "op_kwargs={'date': '{{ ds }}', 'n': {'deep': ['{{ ts_nodash }}']}}"))
    assert ended.rendered["op_kwargs"] == {"date": "2024-01-01", "n": {"deep": ["20240101T000000"]}}


def test_rendered_fields_are_shortened(supervisor):
    ended = supervisor.run(dag("return 1", "op_kwargs={'long': 'x' * 10000}"))
    assert ended.rendered["op_kwargs"].startswith("Truncated. ")


def test_parsing_context(supervisor):
    source = "from airflow.utils.dag_parsing_context import get_parsing_context\nseen = get_parsing_context()\n"
    ended = supervisor.run(source + dag("return [seen.dag_id, seen.task_id]"))
    assert ended.returned == ["d", "t"]


def test_bash(supervisor):
    more = "BashOperator(task_id='b', bash_command='echo {{ ds }} $AIRFLOW_CTX_TASK_ID $extra', env={'extra': 'e'}, append_env=True)"
    assert supervisor.run(dag(more=more), task_id="b").returned == "2024-01-01 b e"


def test_bash_exit_codes(supervisor):
    more = "BashOperator(task_id='b', bash_command='exit 99')\nBashOperator(task_id='c', bash_command='exit 3')"
    assert supervisor.run(dag(more=more), task_id="b").state == "skipped"
    assert supervisor.run(dag(more=more), task_id="c").state == "failed"


def test_taskflow(supervisor):
    more = "@task(multiple_outputs=True)\ndef f(ti=None):\n    return {'id': ti.task_id}\nf()"
    assert supervisor.run(dag(more=more), task_id="f").xcoms["id"] == b'"f"'


def test_command_that_a_task_computes_is_rendered_and_reported(supervisor):
    more = "@task.bash\ndef command():\n    return 'echo {{ ds }} done'\ncommand()"
    ended = supervisor.run(dag(more=more), task_id="command")
    assert ended.returned == "2024-01-01 done"
    fields = [json.loads(blob) for envelope, blob in ended.messages if envelope["type"] == "rendered_fields"]
    assert fields[-1]["bash_command"] == "echo 2024-01-01 done"


def test_mapped_task_over_literals(supervisor, no_database):
    more = (
        "BashOperator.partial(task_id='m', map_index_template='at {{ ds }}').expand(bash_command=['echo a', 'echo b'])"
    )
    ended = supervisor.run(dag(more=more), task_id="m", map_index=1)
    assert ended.returned == "b", ended.log
    assert ended.rendered["bash_command"] == "echo b"
    assert ended.outcome["rendered_map_index"] == "at 2024-01-01"
    assert ended.of_type("outcome")[0]["task_map"] is None
    assert "map_index=1, " in ended.log


def test_mapped_task_that_fails_while_it_is_expanded(supervisor, database):
    more = "EmptyOperator(task_id='e')\nBashOperator.partial(task_id='m').expand(bash_command=dag.get_task('e').output)"
    ended = supervisor.run(dag(more=more), task_id="m", map_index=0)
    assert ended.state == "failed"
    assert ended.exit_code == 1


def test_relations_are_read_from_the_database(supervisor, database):
    body = (
        "ti, dag_run = context['ti'], context['dag_run']\n"
        "ti.state = 'failed'\n"
        "return [ti.dag_model, [other.state for other in dag_run.get_task_instances()], len(dag_run.task_instances)]"
    )
    with rows.task_instance(state="running"):
        ended = supervisor.run(dag(body))
        assert ended.state == "success", ended.log
        assert ended.returned == [None, ["running"], 1]
        assert rows.states() == {"t": "running"}

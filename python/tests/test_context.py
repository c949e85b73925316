"""The context has Airflow's keys and values, and asks the database only for what is read."""

from __future__ import annotations

import pytest
import rows
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

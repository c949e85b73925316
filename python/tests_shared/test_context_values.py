"""What a task finds in its context, its environment and its rendered fields."""

from __future__ import annotations

import json

import pytest
import supervising
from dags import dag


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
    assert "'execution_date'" in warning
    assert "deprecated" in warning


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


def test_mapped_task_over_literals(supervisor):
    more = (
        "BashOperator.partial(task_id='m', map_index_template='at {{ ds }}').expand(bash_command=['echo a', 'echo b'])"
    )
    ended = supervisor.run(dag(more=more), task_id="m", map_index=1)
    assert ended.returned == "b", ended.log
    assert ended.rendered["bash_command"] == "echo b"
    assert ended.outcome["rendered_map_index"] == "at 2024-01-01"
    assert ended.of_type("outcome")[0]["task_map"] is None
    assert "map_index=1, " in ended.log

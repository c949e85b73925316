"""Airflow's keys, with the values that Airflow 2.10.5 gives them for this run."""

from __future__ import annotations

import pytest
from dags import dag
from supervising import RUN_ID

DATE = "2024-01-01 00:00:00+00:00"
NEXT = "2024-01-02 00:00:00+00:00"

EXPECTED = {
    "dag": "<DAG: d>",
    "data_interval_end": NEXT,
    "data_interval_start": DATE,
    "ds": "2024-01-01",
    "ds_nodash": "20240101",
    "execution_date": DATE,
    "expanded_ti_count": None,
    "inlets": "[]",
    "logical_date": DATE,
    "map_index_template": None,
    "next_ds": "2024-01-02",
    "next_ds_nodash": "20240102",
    "next_execution_date": NEXT,
    "outlets": "[]",
    "params": "{'p': 1, 'c': 2}",
    "prev_data_interval_end_success": DATE,
    "prev_data_interval_start_success": "2023-12-31 00:00:00+00:00",
    "prev_ds": "2023-12-31",
    "prev_ds_nodash": "20231231",
    "prev_end_date_success": "2023-12-31 00:00:02+00:00",
    "prev_execution_date": "2023-12-31 00:00:00+00:00",
    "prev_execution_date_success": "2023-12-31 00:00:00+00:00",
    "prev_start_date_success": "2023-12-31 00:00:01+00:00",
    "run_id": RUN_ID,
    "task": "<Task(PythonOperator): t>",
    "task_instance": f"<TaskInstance: d.t {RUN_ID} [running]>",
    "task_instance_key_str": "d__t__20240101",
    "test_mode": 0,
    "ti": f"<TaskInstance: d.t {RUN_ID} [running]>",
    "tomorrow_ds": "2024-01-02",
    "tomorrow_ds_nodash": "20240102",
    "ts": "2024-01-01T00:00:00+00:00",
    "ts_nodash": "20240101T000000",
    "ts_nodash_with_tz": "20240101T000000+0000",
    "yesterday_ds": "2023-12-31",
    "yesterday_ds_nodash": "20231231",
}
OBJECTS = {"conf", "conn", "dag_run", "inlet_events", "macros", "outlet_events", "triggering_dataset_events", "var"}

BODY = """
ours = dict(context['ti'].get_template_context()._context)
plain = lambda value: value if isinstance(value, (str, int, type(None))) else str(value)
return {name: plain(value) for name, value in ours.items() if name not in OBJECTS} | {'objects': sorted(OBJECTS & set(ours))}
"""


@pytest.fixture
def earlier_run(supervisor):
    """A successful run of the day before."""
    run = {
        "dag_id": "d",
        "run_id": "before",
        "state": "success",
        "run_type": "scheduled",
        "external_trigger": False,
        "execution_date": "2023-12-31T00:00:00+00:00",
        "data_interval_start": "2023-12-31T00:00:00+00:00",
        "data_interval_end": "2024-01-01T00:00:00+00:00",
        "start_date": "2023-12-31T00:00:01+00:00",
        "end_date": "2023-12-31T00:00:02+00:00",
    }
    row = {"dag_id": "d", "run_id": "before", "task_id": "t", "map_index": -1, "state": "success"}
    row["start_date"] = "2023-12-31T00:00:01.500000+00:00"
    supervisor.answers["get_previous_dag_run"] = {"dag_run": run}
    supervisor.answers["get_task_instances"] = {"task_instances": [row]}


def test_keys_and_values(supervisor, earlier_run):
    source = dag(BODY.replace("OBJECTS", repr(OBJECTS)), "params={'p': 1}")
    ended = supervisor.run(source, conf={"c": 2})
    assert ended.state == "success", ended.log
    assert ended.returned == {**EXPECTED, "objects": sorted(OBJECTS)}


def test_nothing_is_asked_that_is_not_read(supervisor):
    ended = supervisor.run(dag("return context['ds']", "op_kwargs={'a': '{{ ds }} {{ params }} {{ dag_run.conf }}'}"))
    assert ended.returned == "2024-01-01"
    assert {envelope["type"] for envelope, _ in ended.messages} == {"rendered_fields", "outcome"}


def test_the_run_before(supervisor, earlier_run):
    body = (
        "ti = context['ti']\n"
        "before = ti.get_previous_dagrun()\n"
        "return [before.run_id, before.conf, str(ti.get_previous_ti().start_date), str(ti.previous_ti.execution_date)]"
    )
    ended = supervisor.run(dag(body))
    assert ended.returned == ["before", {}, "2023-12-31 00:00:01.500000+00:00", "2023-12-31 00:00:00+00:00"]
    asked = ended.of_type("get_previous_dag_run")[0]
    assert (asked["dag_id"], asked["run_id"], asked["state"], asked["scheduled_only"]) == ("d", RUN_ID, None, True)


def test_task_instances_of_the_run(supervisor):
    rows = [
        {"dag_id": "d", "run_id": RUN_ID, "task_id": name, "map_index": -1, "state": state}
        for name, state in (("a", "success"), ("b", "failed"))
    ]
    supervisor.answers["get_task_instances"] = {"task_instances": rows}
    body = (
        "run = context['dag_run']\n"
        "return [[ti.task_id for ti in run.get_task_instances()], run.get_task_instances(state='failed')[0].task_id,"
        " run.get_task_instance('a').state]"
    )
    assert supervisor.run(dag(body)).returned == [["a", "b"], "b", "success"]


def test_a_value_that_is_a_proxy_behaves_like_the_value(supervisor, earlier_run):
    body = (
        "value = context['prev_start_date_success']\n"
        "return [value.isoformat(), str(value), value.year, value > context['logical_date'], bool(value),"
        " isinstance(value, datetime), (value + timedelta(days=1)).day]"
    )
    assert supervisor.run(dag(body)).returned == [
        "2023-12-31T00:00:01+00:00",
        "2023-12-31 00:00:01+00:00",
        2023,
        False,
        True,
        True,
        1,
    ]

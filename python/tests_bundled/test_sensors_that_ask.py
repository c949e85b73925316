"""Sensors that are rescheduled, and sensors of other DAGs."""

from __future__ import annotations

import pytest
from dags import dag

SENSOR = "from airflow.sensors.python import PythonSensor\nfrom airflow.sensors.external_task import *\n"


def sensor(body: str, arguments: str) -> str:
    return SENSOR + dag(body, more=f"PythonSensor(task_id='s', python_callable=call, {arguments})")


def test_reschedule_mode(supervisor):
    supervisor.answers["get_first_reschedule"] = {"start_date": None}
    ended = supervisor.run(sensor("return False", "mode='reschedule', poke_interval=300"), task_id="s")
    assert ended.state == "up_for_reschedule", ended.log
    assert ended.outcome["reschedule_date"] > ended.outcome["end_date"]


@pytest.mark.parametrize(("timeout", "state"), [(60, "failed"), (10**9, "up_for_reschedule")])
def test_reschedule_mode_counts_from_the_first_poke(supervisor, timeout, state):
    supervisor.answers["get_first_reschedule"] = {"start_date": "2024-01-02T00:00:00+00:00"}
    ended = supervisor.run(
        sensor("return False", f"mode='reschedule', poke_interval=1, timeout={timeout}"), task_id="s"
    )
    assert ended.state == state
    assert ended.of_type("get_first_reschedule")[0]["try_number"] == 1


def test_the_result_of_a_sensor(supervisor):
    body = "from airflow.sensors.base import PokeReturnValue\nreturn PokeReturnValue(True, xcom_value=[1])"
    assert supervisor.run(sensor(body, ""), task_id="s").returned == [1]


@pytest.mark.parametrize(
    ("body", "arguments", "state"),
    [
        ("raise ValueError", "", "failed"),
        ("raise ValueError", "never_fail=True", "skipped"),
        ("raise ValueError", "silent_fail=True, poke_interval=0.01, timeout=0.05", "failed"),
        ("raise AirflowFailException", "soft_fail=True", "skipped"),
        ("raise AirflowSkipException", "", "skipped"),
    ],
)
def test_errors_while_looking(supervisor, body, arguments, state):
    ended = supervisor.run(sensor(body, arguments), task_id="s", max_tries=0)
    assert ended.state == state


def external(arguments: str) -> str:
    return SENSOR + dag(more=f"ExternalTaskSensor(task_id='s', external_dag_id='e', {arguments})")


@pytest.mark.parametrize(
    ("arguments", "question", "answer", "state"),
    [
        ("", "count_dag_runs", {"count": 1}, "success"),
        ("", "count_dag_runs", {"count": 0}, "failed"),
        ("external_task_id='a'", "count_task_instances", {"count": 1, "total": 1}, "success"),
        ("external_task_ids=['a', 'b']", "count_task_instances", {"count": 1, "total": 2}, "failed"),
        ("external_task_ids=['a', 'b']", "count_task_instances", {"count": 2, "total": 2}, "success"),
    ],
)
def test_external_task(supervisor, arguments, question, answer, state):
    supervisor.answers[question] = answer
    ended = supervisor.run(external(f"timeout=0, poke_interval=0, {arguments}"), task_id="s")
    assert ended.state == state, ended.log
    asked = ended.of_type(question)[0]
    assert asked["dag_id"] == "e"
    assert asked["states"] == ["success"]
    assert [date[:19] for date in asked["logical_dates"]] == ["2024-01-01T00:00:00"]


def test_external_task_group(supervisor):
    group = {"_group_id": "g", "prefix_group_id": True, "children": {"g.a": ["operator", "g.a"]}}
    root = {"_group_id": None, "prefix_group_id": True, "children": {"g": ["taskgroup", group]}}
    stored = {"dag": {"tasks": [{"__var": {"task_id": "g.a"}}], "_task_group": root}}
    facts = {"fileloc": __file__, "is_paused": False, "is_active": True, "is_compressed": False}
    import json

    supervisor.answers["get_dag"] = lambda message: ({"dag": facts}, json.dumps(stored).encode())
    supervisor.answers["count_task_instances"] = {"count": 3, "total": 3}
    ended = supervisor.run(external("external_task_group_id='g', check_existence=True"), task_id="s")
    assert ended.state == "success", ended.log
    assert ended.of_type("count_task_instances")[0]["task_ids"] == ["g.a"]


def test_external_dag_that_does_not_exist(supervisor):
    supervisor.answers["get_dag"] = {"dag": None}
    ended = supervisor.run(external("check_existence=True"), task_id="s")
    assert ended.state == "failed"
    assert "The external DAG e does not exist" in ended.outcome["exception"]


@pytest.mark.parametrize(("soft_fail", "state"), [(False, "failed"), (True, "skipped")])
def test_external_task_that_failed(supervisor, soft_fail, state):
    supervisor.answers["count_dag_runs"] = {"count": 1}
    ended = supervisor.run(external(f"failed_states=['failed'], soft_fail={soft_fail}"), task_id="s")
    assert ended.state == state


def test_date_of_the_other_run(supervisor):
    supervisor.answers["count_dag_runs"] = {"count": 2}
    arguments = "execution_date_fn=lambda date, **context: [date, date.add(days=1)]"
    ended = supervisor.run(external(arguments), task_id="s")
    assert ended.state == "success", ended.log
    dates = ended.of_type("count_dag_runs")[0]["logical_dates"]
    assert [date[:10] for date in dates] == ["2024-01-01", "2024-01-02"]


@pytest.mark.parametrize(
    ("module", "name", "arguments", "state"),
    [
        ("bash", "BashSensor", "bash_command='true'", "success"),
        ("bash", "BashSensor", "bash_command='exit 1', timeout=0, poke_interval=0", "failed"),
        ("bash", "BashSensor", "bash_command='exit 2', retry_exit_code=1, soft_fail=True", "skipped"),
        ("date_time", "DateTimeSensor", "target_time='{{ ds }}T00:00:00'", "success"),
        ("time_delta", "TimeDeltaSensor", "delta=timedelta(days=1)", "success"),
        ("weekday", "DayOfWeekSensor", "week_day='Monday', use_task_logical_date=True", "success"),
        ("time_sensor", "TimeSensor", "target_time=__import__('datetime').time(0, 0)", "success"),
    ],
)
def test_other_sensors(supervisor, module, name, arguments, state):
    source = f"from airflow.sensors.{module} import {name}\n" + dag(more=f"{name}(task_id='s', {arguments})")
    ended = supervisor.run(source, task_id="s")
    assert ended.state == state, ended.log


def test_file_sensor(supervisor):
    (supervisor.folder / "there.txt").write_text("x")
    fields = {"conn_id": "fs_default", "conn_type": "fs", "extra": f'{{"path": "{supervisor.folder}"}}'}
    supervisor.answers["get_connection"] = {"found": True, "connection": fields}
    source = "from airflow.sensors.filesystem import FileSensor\n" + dag(
        more="FileSensor(task_id='s', filepath='th*.txt')"
    )
    ended = supervisor.run(source, task_id="s")
    assert ended.state == "success", ended.log
    assert "Found File" in ended.log

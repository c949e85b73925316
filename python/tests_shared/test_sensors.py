"""Sensors that wait in their process."""

from __future__ import annotations

from dags import dag

SENSOR = "from airflow.sensors.python import PythonSensor\n"


def sensor(body: str, arguments: str) -> str:
    more = f"PythonSensor(task_id='s', python_callable=call, {arguments})"
    return SENSOR + dag(body, more=more)


def test_poke_mode_waits_in_the_task(supervisor):
    body = "call.count = getattr(call, 'count', 0) + 1\nreturn call.count == 3"
    ended = supervisor.run(sensor(body, "poke_interval=0.01"), task_id="s")
    assert ended.state == "success"


def test_poke_mode_times_out_without_retry(supervisor):
    ended = supervisor.run(
        sensor("return False", "poke_interval=0.01, timeout=0.05, retries=2"), task_id="s", max_tries=2
    )
    assert ended.state == "failed"
    assert "AirflowSensorTimeout" in ended.outcome["exception"]


def test_soft_fail_skips(supervisor):
    ended = supervisor.run(sensor("return False", "poke_interval=0.01, timeout=0.05, soft_fail=True"), task_id="s")
    assert ended.state == "skipped"

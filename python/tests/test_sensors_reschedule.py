"""Sensors that are rescheduled."""

from __future__ import annotations

import pytest
import rows
from dags import dag

SENSOR = "from airflow.sensors.python import PythonSensor\n"


def sensor(body: str, arguments: str) -> str:
    more = f"PythonSensor(task_id='s', python_callable=call, {arguments})"
    return SENSOR + dag(body, more=more)


def test_reschedule_mode(supervisor, database):
    ended = supervisor.run(sensor("return False", "mode='reschedule', poke_interval=300"), task_id="s")
    assert ended.state == "up_for_reschedule", ended.log
    assert ended.outcome["reschedule_date"] > ended.outcome["end_date"]
    assert ended.outcome["run_start_date"] <= ended.outcome["end_date"]


@pytest.mark.parametrize(("timeout", "state"), [(60, "failed"), (10**9, "up_for_reschedule")])
def test_reschedule_mode_counts_from_the_first_poke(supervisor, database, timeout, state):
    with rows.task_instance("s", poked="2024-01-02T00:00:00+00:00"):
        ended = supervisor.run(
            sensor("return False", f"mode='reschedule', poke_interval=1, timeout={timeout}"), task_id="s"
        )
    assert ended.state == state

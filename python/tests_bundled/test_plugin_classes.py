"""Classes of plugins in DAGs: they are stored by their path, and the scheduler may ask for their answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

PLUGIN = """
from airflow.plugins_manager import AirflowPlugin
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.timetables.base import DagRunInfo, DataInterval, Timetable
from pendulum import datetime

class Fridays(Timetable):
    def __init__(self, at=3):
        self.at = at

    def serialize(self):
        return {"at": self.at}

    @classmethod
    def deserialize(cls, data):
        return cls(**data)

    def infer_manual_data_interval(self, *, run_after):
        return DataInterval.exact(run_after)

    def next_dagrun_info(self, *, last_automated_data_interval, restriction):
        return DagRunInfo.exact(datetime(2024, 1, 5, self.at))

class Heavy(PriorityWeightStrategy):
    def get_weight(self, ti):
        return 99

class Mine(AirflowPlugin):
    name = "mine"
    timetables = [Fridays]
    priority_weight_strategies = [Heavy]
"""

FILE = """
from datetime import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator
from my_plugin import Fridays, Heavy

with DAG("d", start_date=datetime(2024, 1, 1), schedule=Fridays(4)):
    EmptyOperator(task_id="t", weight_rule=Heavy())
"""


@pytest.fixture
def parse(tmp_path: Path) -> Any:
    """Parses the file in a process of its own, with or without the plugin."""

    def run(plugin: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "plugins").mkdir()
        (tmp_path / "plugins" / "my_plugin.py").write_text(plugin)
        (tmp_path / "dag_file.py").write_text(FILE)
        environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": f"{HERE.parent}:{HERE}"}
        command = [sys.executable, str(HERE / "parsing.py"), str(tmp_path / "dag_file.py"), str(tmp_path)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def test_registered_classes(parse: Any) -> None:
    ended = parse(PLUGIN)
    assert ended.returncode == 0, ended.stderr
    line = json.loads(ended.stdout.splitlines()[0])
    dag = line["stored"]["dag"]
    assert dag["timetable"] == {"__type": "my_plugin.Fridays", "__var": {"at": 4}}
    assert dag["tasks"][0]["__var"]["weight_rule"] == "my_plugin.Heavy"
    assert line["row"]["custom_timetable"]
    assert line["row"]["next_dagrun"] == dict.fromkeys(
        ("logical_date", "start", "end", "run_after"), "2024-01-05T04:00:00+00:00"
    )


def test_classes_that_are_not_registered(parse: Any) -> None:
    ended = parse(PLUGIN.replace("timetables = [Fridays]", ""))
    assert ended.returncode != 0
    assert "'my_plugin.Fridays' is not registered: name it in a plugin" in ended.stderr

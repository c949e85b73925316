"""Plugins: timetables, macros, links, listeners and weight rules of a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PYTHON = Path(__file__).parents[1]

PLUGIN = """
from airflow.listeners import hookimpl
from airflow.models.baseoperatorlink import BaseOperatorLink
from airflow.operators.empty import EmptyOperator
from airflow.plugins_manager import AirflowPlugin
from airflow.task.priority_strategy import PriorityWeightStrategy
from airflow.timetables.base import Timetable

class Never(Timetable): ...

class Ten(PriorityWeightStrategy):
    def get_weight(self, ti): return 10

class Link(BaseOperatorLink):
    name = "Docs"
    operators = [EmptyOperator]
    def get_link(self, operator, *, ti_key): return "https://docs.example"

def twice(x): return 2 * x

class Listener:
    @hookimpl
    def on_task_instance_running(self, task_instance): print("told of", task_instance)
    def on_task_instance_failed(self, task_instance): print("not marked")

class P(AirflowPlugin):
    name = "mine"
    timetables = [Never]
    priority_weight_strategies = [Ten]
    operator_extra_links = [Link()]
    macros = [twice]
    listeners = [Listener()]
"""

CODE = """
from airflow import macros, plugins_manager
from airflow.listeners.listener import get_listener_manager
from airflow.operators.empty import EmptyOperator
plugins_manager.initialize_timetables_plugins()
print(*plugins_manager.timetable_classes)
plugins_manager.integrate_macros_plugins()
print(macros.mine.twice(4))
print(type(EmptyOperator(task_id="t", weight_rule="plugin.Ten").weight_rule).__name__)
print(EmptyOperator(task_id="t").extra_links)
manager = get_listener_manager()
print(manager.has_listeners)
manager.hook.on_task_instance_running(previous_state=None, task_instance="t", session=None)
manager.hook.on_task_instance_failed(task_instance="t")
print(*plugins_manager.import_errors)
"""


def test_a_plugin_of_the_folder(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "plugin.py").write_text(PLUGIN)
    (folder / "broken.py").write_text("from airflow.plugins_manager import AirflowPlugin\n1 / 0\n")
    environment = {**os.environ, "PYTHONPATH": str(PYTHON), "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder)}
    command = [sys.executable, "-c", CODE]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "plugin.Never",
        "8",
        "Ten",
        "['Docs']",
        "True",
        "told of t",
        str(folder / "broken.py"),
    ]
    assert "ZeroDivisionError" in done.stderr


def test_policies_of_the_local_settings(tmp_path):
    (tmp_path / "airflow_local_settings.py").write_text(
        "def task_policy(task): task.queue = 'mine'\ndef get_airflow_context_vars(context): return {'team': 'x'}\n"
    )
    code = """
from airflow import settings
from airflow.operators.empty import EmptyOperator
t = EmptyOperator(task_id="t")
settings.task_policy(t)
print(t.queue, settings.get_airflow_context_vars({}), settings.dag_policy(None), settings.get_dagbag_import_timeout("x"))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(PYTHON), str(tmp_path)))}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "mine {'team': 'x'} None 30.0\n"

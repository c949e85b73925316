"""Runs tasks that do nothing, several times, in the process from which tasks are forked.

The interpreter adapts code to what it sees, and fills caches of types and lookups, during the first
runs. Without this, each forked child would do all of that again, and copy every memory page on which
it leaves a trace: a fifth of what a short task costs. It is the real way of a task, from the message
of the supervisor to the outcome, without anything of the user's: what that is, each SDK's own module
knows.
"""

from __future__ import annotations

import datetime
import os
import socket
from types import SimpleNamespace
from typing import Any

from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator

from updraft_runtime import task_runner, warm
from updraft_runtime.frames import Channel, encode

#: The interpreter adapts a function after eight calls, and then counts the misses of each instruction.
RUNS = 12
INSTANT = "2024-01-01T00:00:00+00:00"
PATH = "updraft_rehearsal.py"
KEY = {"dag_id": "updraft_rehearsal", "run_id": f"scheduled__{INSTANT}"}


def perform(restored: Any) -> None:
    """Runs a task of each common kind within `restored`, which puts back what a task changes in its process."""
    with DAG(KEY["dag_id"], start_date=datetime.datetime(2024, 1, 1), schedule="@daily", auto_register=False) as dag:
        PythonOperator(task_id="python", python_callable=_nothing)
        BashOperator(task_id="shell", bash_command="true")
    with restored, warm.kept(PATH, SimpleNamespace(dags={dag.dag_id: dag})), open(os.devnull, "wb") as log:
        for _ in range(RUNS):
            for task_id in dag.task_ids:
                _run(task_id, log.fileno())


def _nothing() -> None:
    return None


def _run(task_id: str, log_fd: int) -> None:
    ours, supervisors = socket.socketpair()
    with ours, supervisors:
        supervisors.sendall(encode(_message(task_id)))
        channel = Channel(ours)
        message, _ = channel.receive_first()
        if message is not None:
            task_runner.run(channel, log_fd, message)


def _message(task_id: str) -> dict[str, Any]:
    task_instance = {
        **KEY,
        "task_id": task_id,
        "map_index": -1,
        "try_number": 1,
        "max_tries": 0,
        "state": "running",
        "start_date": INSTANT,
        "hostname": "",
        "unixname": "",
        "job_id": 0,
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
    }
    dag_run = {
        **KEY,
        "id": 0,
        "state": "running",
        "run_type": "scheduled",
        "external_trigger": False,
        "execution_date": INSTANT,
        "start_date": INSTANT,
        "queued_at": INSTANT,
        "data_interval_start": INSTANT,
        "data_interval_end": "2024-01-02T00:00:00+00:00",
    }
    return {
        "type": "run_task",
        **{name: task_instance[name] for name in ("dag_id", "run_id", "task_id", "map_index", "try_number")},
        "max_tries": 0,
        "path": PATH,
        "dags_folder": os.curdir,
        "mark_success": False,
        "job_id": 0,
        "task_instance": task_instance,
        "dag_run": dag_run,
    }

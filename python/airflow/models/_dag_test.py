"""`dag.test()`: has the program `updraft` run the DAG once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def program() -> str:
    """Where the program is: `$UPDRAFT`, beside this Python, or on the path."""
    beside = os.path.join(os.path.dirname(sys.executable), "updraft")
    found = os.environ.get("UPDRAFT") or (beside if os.access(beside, os.X_OK) else shutil.which("updraft"))
    if not found:
        raise AirflowException(
            "dag.test() starts the program `updraft`, which is not on the PATH: "
            "put it there, or set the environment variable UPDRAFT to where it is"
        )
    return found


def run_dag_test(
    dag: Any,
    *,
    logical_date: Any = None,
    conf: Any = None,
    connections_file: str | None = None,
    variables_file: str | None = None,
    mark_success_pattern: Any = None,
    use_executor: bool = False,
) -> Any:
    """Runs the DAG and returns its state as an object with `state`, `dag_id` and `conf`."""
    from airflow import _supervisor

    if _supervisor.is_connected():
        raise AirflowException(
            f"{dag.fileloc} calls dag.test() while Updraft imports it; put the call below `if __name__ == '__main__':`"
        )
    command = [program(), "dags", "test", dag.dag_id]
    if logical_date is not None:
        command.append(logical_date.isoformat() if hasattr(logical_date, "isoformat") else str(logical_date))
    command += ["--subdir", os.path.abspath(dag.fileloc)]
    if use_executor:
        command.append("--use-executor")
    options = {
        "--conf": json.dumps(conf) if conf is not None else None,
        "--connections-file": connections_file,
        "--variables-file": variables_file,
        "--mark-success-pattern": getattr(mark_success_pattern, "pattern", mark_success_pattern),
    }
    for option, value in options.items():
        if value is not None:
            command += [option, value]
    sys.stdout.flush()
    # The DAG runs on the Python that it was written for.
    environment = {"AIRFLOW__UPDRAFT__PYTHON": sys.executable, **os.environ}
    done = subprocess.run(command, env=environment, check=False)
    state = "success" if done.returncode == 0 else "failed"
    return SimpleNamespace(dag_id=dag.dag_id, state=state, conf=conf or {}, logical_date=logical_date)

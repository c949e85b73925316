"""Stock Airflow 2.10.5, run on a folder of DAG files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy

from parity import rows

BIN = Path(sys.executable).parent


def environment(home: Path, url: str, dags_folder: Path) -> dict[str, str]:
    """Settings that both sides run with; puts the cluster policy that pins the clock into `home`."""
    policy = home / "config" / "airflow_local_settings.py"
    policy.parent.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name(policy.name), policy)
    # Nobody listens there: what asks the internet fails on every machine.
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    return {
        **os.environ,
        **nowhere,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags_folder),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(dags_folder / "plugins"),
        "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT": "False",
        # Only the runs that are compared: those of the schedule would depend on the day.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
    }


@contextlib.contextmanager
def scheduler(env: dict[str, str], log: Path) -> Iterator[None]:
    """Stock's scheduler with its DAG processor, and a triggerer, until the block is left."""
    with log.open("wb") as output:
        started = [
            subprocess.Popen(
                [BIN / "airflow", role],
                env=env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            for role in ("scheduler", "triggerer")
        ]
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()


def wait(
    engine: sqlalchemy.engine.Engine, enough: Callable[[dict[str, rows.Rows]], bool], seconds: float
) -> dict[str, rows.Rows]:
    """The rows once they are enough, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = rows.read(engine)
        if (found and enough(found)) or time.monotonic() > deadline:
            return found
        time.sleep(1)

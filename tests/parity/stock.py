"""Stock Airflow 2.10.5, run on a folder of DAG files."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy

from parity import rows

BIN = Path(sys.executable).parent


def environment(home: Path, url: str, dags_folder: Path) -> dict[str, str]:
    """Settings that both sides run with."""
    return {
        **os.environ,
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


def wait_for_ends(engine: sqlalchemy.engine.Engine, run_id: str, *, seconds: float) -> dict[str, rows.Rows]:
    """The rows once every run of that id has ended, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = rows.read(engine, run_id)
        if (found and all(map(rows.is_finished, found.values()))) or time.monotonic() > deadline:
            return found
        time.sleep(1)

"""Stock Airflow or Updraft, on a home and a database of its own."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy

from parity import postgres

BIN = Path(sys.executable).parent
SLOTS = 4
LONGEST_RUN = 1200

TRIGGER = """\
import sys
from airflow.api.common.trigger_dag import trigger_dag

trigger_dag(sys.argv[1], run_id=sys.argv[2])
"""


@dataclass(frozen=True)
class Side:
    name: str
    program: Path
    # Words of the command that is the scheduler with its local workers.
    service: tuple[str, ...]
    # Environment variables of this side alone.
    settings: dict[str, str] = field(default_factory=dict)

    def executor(self, database: str) -> str:
        """Stock refuses to run anything but the Sequential executor on SQLite."""
        return "SequentialExecutor" if self.name == "stock" and database == "sqlite" else "LocalExecutor"


def stock() -> Side:
    return Side("stock", BIN / "airflow", ("scheduler",))


def updraft(binary: Path) -> Side:
    """With apache-airflow as the SDK, as an existing deployment has it."""
    return Side("Updraft", binary.resolve(), ("standalone",))


def bundled(binary: Path, python: Path) -> Side:
    """With the bundled API, in a Python that has no apache-airflow."""
    settings = {"AIRFLOW__UPDRAFT__PYTHON": str(python), "AIRFLOW__UPDRAFT__PYTHON_SDK": "bundled"}
    return Side("Updraft bundled", binary.resolve(), ("standalone",), settings)


@dataclass
class Site:
    """A home with DAG files and a migrated database for one side."""

    side: Side
    env: dict[str, str]
    engine: sqlalchemy.engine.Engine
    home: Path
    # The last parse before the service started.
    begin: Any = None

    def command(self, *words: str) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([self.side.program, *words], env=self.env, check=True, **quiet)

    def value(self, query: str, **parameters: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(sqlalchemy.text(query), parameters).scalar()

    @contextlib.contextmanager
    def process(self, *words: str) -> Iterator[subprocess.Popen]:
        with (self.home / f"{words[0]}.log").open("wb") as output:
            process = subprocess.Popen(
                [self.side.program, *words], env=self.env, stdout=output, stderr=output, start_new_session=True
            )
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
            process.wait()

    def wait_until_parsed(self, count: int, process: subprocess.Popen) -> None:
        """Until the running service has parsed every DAG file itself."""
        deadline = time.monotonic() + 180
        while self.value("SELECT count(*) FROM dag WHERE last_parsed_time > :begin", begin=self.begin) < count:
            if process.poll() is not None:
                raise SystemExit(f"{self.side.program} ended with exit code {process.returncode}")
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.side.program} did not parse the DAG files within 180 s")
            time.sleep(0.2)

    def prepare(self) -> None:
        """Store the DAGs once, so that they can be triggered and are not paused."""
        self.command("dags", "reserialize")
        with self.engine.begin() as connection:
            connection.execute(sqlalchemy.text("UPDATE dag SET is_paused = :paused"), {"paused": False})
        self.begin = self.value("SELECT max(last_parsed_time) FROM dag")

    def trigger(self, dag_id: str, run_id: str) -> None:
        command = [BIN / "python", "-c", TRIGGER, dag_id, run_id]
        subprocess.run(command, env=self.env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, dag_id: str, run_id: str) -> float:
        """Trigger one run, wait for its end, and return dag_run.end_date - dag_run.start_date in seconds."""
        self.trigger(dag_id, run_id)
        start, end = self.wait_for_end(dag_id, run_id)
        return (end - start).total_seconds()

    def wait_for_end(self, dag_id: str, run_id: str) -> tuple[datetime.datetime, datetime.datetime]:
        """Until the run has ended well; its start and end."""
        query = sqlalchemy.text("SELECT state, start_date, end_date FROM dag_run WHERE dag_id = :dag AND run_id = :run")
        deadline = time.monotonic() + LONGEST_RUN
        while time.monotonic() < deadline:
            with self.engine.connect() as connection:
                state, start, end = connection.execute(query, {"dag": dag_id, "run": run_id}).one()
            if state == "success":
                return _instant(start), _instant(end)
            if state == "failed":
                raise SystemExit(f"{dag_id} failed on {self.side.name}")
            time.sleep(0.05)
        raise SystemExit(f"{dag_id} did not end on {self.side.name} within {LONGEST_RUN} s")


@contextlib.contextmanager
def site(side: Side, database: str) -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="updraft-bench-"))
    (home / "dags").mkdir()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        url = f"sqlite:///{home}/airflow.db" if database == "sqlite" else stack.enter_context(postgres.server())
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "VIRTUAL_ENV": str(BIN.parent),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
            "AIRFLOW__CORE__EXECUTOR": side.executor(database),
            "AIRFLOW__CORE__PARALLELISM": str(SLOTS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            **side.settings,
        }
        # Stock holds the lock of an SQLite file for as long as it schedules.
        patience = {"timeout": 60} if database == "sqlite" else {}
        engine = sqlalchemy.create_engine(url, connect_args=patience)
        stack.callback(engine.dispose)
        made = Site(side, env, engine, home)
        made.command("db", "migrate")
        yield made


def _instant(value: Any) -> datetime.datetime:
    instant = datetime.datetime.fromisoformat(value) if isinstance(value, str) else value
    # SQLite's text has no zone; it is UTC.
    return instant if instant.tzinfo else instant.replace(tzinfo=datetime.UTC)

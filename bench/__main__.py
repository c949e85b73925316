"""Time the same DAGs on stock Airflow 2.10.5 and on Updraft, with the Local executor and 4 slots.

    python -m bench --updraft target/release/updraft [--database sqlite|postgresql] [--only bash_100 …]

Both sides use the same database kind, the same machine and the same DAG files, one after the other.
A row's time is dag_run.end_date - dag_run.start_date; the best of `--repeat` runs counts. On SQLite
stock runs its Sequential executor, the only one that it allows there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from bench import loads, memory
from parity import postgres

STOCK = Path(sys.executable).parent / "airflow"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--updraft",
        type=Path,
        required=True,
        help="the updraft binary (a release build)",
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--only", nargs="*", default=[], help="dag ids of the loads to time")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--without-stock", action="store_true", help="time Updraft alone")
    arguments = parser.parse_args()
    chosen = tuple(load for load in loads.LOADS if not arguments.only or load.dag_id in arguments.only)

    updraft = measure(arguments, chosen, [str(arguments.updraft.resolve()), "standalone"], stock=False)
    stock = {} if arguments.without_stock else measure(arguments, chosen, [str(STOCK), "scheduler"], stock=True)
    print_table(chosen, stock, updraft)


def print_table(chosen: tuple[loads.Load, ...], stock: dict[str, float], updraft: dict[str, float]) -> None:
    rows = [(load.dag_id, f"{load.title}, s") for load in chosen]
    rows.append(("idle", "memory when idle, MB (PSS)"))
    print(f"{'':46}{'stock':>10}{'Updraft':>10}{'ratio':>8}")
    for key, title in rows:
        left, right = stock.get(key), updraft.get(key)
        ratio = f"{left / right:7.1f}x" if left and right else f"{'–':>8}"
        print(f"{title:46}{_number(left)}{_number(right)}{ratio}")


def _number(value: float | None) -> str:
    return f"{'–':>10}" if value is None else f"{value:10.2f}"


def measure(
    arguments: argparse.Namespace,
    chosen: tuple[loads.Load, ...],
    command: list[str],
    *,
    stock: bool,
) -> dict[str, float]:
    home = Path(tempfile.mkdtemp(prefix="updraft-bench-"))
    loads.write(home / "dags", chosen)
    with database(arguments.database, home) as url:
        env = environment(home, url, stock=stock, sqlite=arguments.database == "sqlite")
        for words in (["db", "migrate"], ["dags", "reserialize"]):
            subprocess.run(
                [STOCK, *words],
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("UPDATE dag SET is_paused = :paused"), {"paused": False})
        with (home / "output.log").open("wb") as output:
            process = subprocess.Popen(command, env=env, stdout=output, stderr=output, start_new_session=True)
        try:
            wait_until_parsed(engine, {load.dag_id for load in chosen}, process)
            time.sleep(5)
            figures = {"idle": memory.proportional_set_size(process.pid)}
            for load in chosen:
                repeat = 1 if stock or load.count > 1000 else arguments.repeat
                if stock and load.count > 1000:
                    continue
                figures[load.dag_id] = min(run_once(engine, env, load, number) for number in range(repeat))
                print(
                    f"  {command[0].rsplit('/', 1)[-1]}: {load.title}: {figures[load.dag_id]:.2f} s",
                    file=sys.stderr,
                )
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
            engine.dispose()
    shutil.rmtree(home, ignore_errors=True)
    return figures


def environment(home: Path, url: str, *, stock: bool, sqlite: bool) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": f"{STOCK.parent}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(STOCK.parent.parent),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor" if stock and sqlite else "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }


@contextlib.contextmanager
def database(kind: str, home: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{home}/airflow.db"
    else:
        with postgres.server() as url:
            yield url


def wait_until_parsed(engine: sqlalchemy.engine.Engine, dag_ids: set[str], process: subprocess.Popen) -> None:
    """Until the program under test has parsed every file itself."""
    with engine.connect() as connection:
        begin = connection.execute(sqlalchemy.text("SELECT max(last_parsed_time) FROM dag")).scalar()
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"the program under test ended with exit code {process.returncode}")
        with engine.connect() as connection:
            query = sqlalchemy.text("SELECT count(*) FROM dag WHERE last_parsed_time > :begin")
            if connection.execute(query, {"begin": begin}).scalar() >= len(dag_ids):
                return
        time.sleep(0.2)
    raise SystemExit("the program under test did not parse the DAG files within 180 s")


TRIGGER = """\
import sys
from airflow.api.common.trigger_dag import trigger_dag

trigger_dag(sys.argv[1], run_id=sys.argv[2])
"""


def run_once(engine: sqlalchemy.engine.Engine, env: dict[str, str], load: loads.Load, number: int) -> float:
    """Trigger one run, wait for its end, and return its duration in seconds."""
    run_id = f"bench_{number}"
    subprocess.run(
        [STOCK.parent / "python", "-c", TRIGGER, load.dag_id, run_id],
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    query = sqlalchemy.text("SELECT state, start_date, end_date FROM dag_run WHERE dag_id = :dag AND run_id = :run")
    deadline = time.monotonic() + 1200
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            state, start, end = connection.execute(query, {"dag": load.dag_id, "run": run_id}).one()
        if state == "success":
            return (_instant(end) - _instant(start)).total_seconds()
        if state == "failed":
            raise SystemExit(f"{load.dag_id} failed")
        time.sleep(0.05)
    raise SystemExit(f"{load.dag_id} did not end within 20 minutes")


def _instant(value):
    import datetime

    return datetime.datetime.fromisoformat(value) if isinstance(value, str) else value


if __name__ == "__main__":
    main()

"""The scheduler alone: task instances that are ready, until every one is queued and with an executor that runs none.

Both sides get the same rows. Updraft's loop is driven by `crates/scheduler/examples/one_pass.rs`, from its
first look at the database on. Stock's critical section, which selects, updates and hands over at most
`max_tis_per_query` task instances, is called until nothing is left; what else its loop does is not counted.
"""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import sqlalchemy

from bench import loads, side

RUNS_OF_EACH = 10
COUNT = loads.READY_DAGS * loads.READY_TASKS * RUNS_OF_EACH

#: A module beside the DAG folder. Stock looks its executors up by the names of the configuration.
RECORDER = """\
from airflow.executors.base_executor import BaseExecutor

class Recorder(BaseExecutor):
    # All that stock lets run on SQLite.
    is_single_threaded = True
"""

#: Arguments: how many are ready. Prints seconds and statements.
STOCK = """\
import json, sys, time
import sqlalchemy
from airflow import settings
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.utils.session import create_session

ready, statements = int(sys.argv[1]), 0

@sqlalchemy.event.listens_for(settings.engine, "before_cursor_execute")
def count(*arguments):
    global statements
    statements += 1

runner = SchedulerJobRunner(job=Job())
executor = runner.job.executor
begin = time.perf_counter()
while len(executor.queued_tasks) < ready:
    with create_session() as session:
        if not runner._critical_section_enqueue_task_instances(session=session):
            sys.exit("nothing is left to queue")
print(json.dumps({"seconds": time.perf_counter() - begin, "statements": statements}))
"""


def measure(site: side.Site, program: Path, repeat: int, at_once: bool = False) -> tuple[list[float], int]:
    """Seconds of each pass, and the statements of the last."""
    seconds, statements = [], 0
    for _ in range(repeat):
        _make_ready(site.engine)
        found = json.loads(_pass(site, program, at_once))
        seconds.append(found["seconds"])
        statements = found["statements"]
    return seconds, statements


def _pass(site: side.Site, program: Path, at_once: bool) -> str:
    if site.side.name == "stock":
        command = [side.BIN / "python", "-c", STOCK, str(COUNT)]
    else:
        command = [program, site.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"], str(COUNT)]
    (site.home / "bench_recorder.py").write_text(RECORDER)
    env = {
        **site.env,
        "PYTHONPATH": str(site.home),
        "AIRFLOW__CORE__EXECUTOR": "bench_recorder.Recorder",
        "AIRFLOW__CORE__PARALLELISM": "0",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
    if at_once:
        env["AIRFLOW__SCHEDULER__MAX_TIS_PER_QUERY"] = "0"
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    # A deprecation that a part of stock prints may come first.
    return done.stdout.splitlines()[-1]


def prepare(site: side.Site) -> None:
    """The DAGs, and a pool that has room for everything."""
    loads.write_ready(site.home / "dags")
    site.prepare()
    with site.engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE slot_pool SET slots = :slots"), {"slots": 10 * COUNT})


def _make_ready(engine: sqlalchemy.engine.Engine) -> None:
    """Running runs whose task instances are scheduled, and nothing else."""
    metadata = sqlalchemy.MetaData()
    tables = ("dag", "serialized_dag", "dag_run", "task_instance", "log_template")
    metadata.reflect(engine, only=tables)
    run, instance = metadata.tables["dag_run"], metadata.tables["task_instance"]
    forms = metadata.tables["serialized_dag"]
    now = datetime.datetime.now(tz=datetime.UTC)
    if engine.dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    with engine.begin() as connection:
        connection.execute(instance.delete())
        connection.execute(run.delete())
        hashes = dict(connection.execute(sqlalchemy.select(forms.c.dag_id, forms.c.dag_hash)).all())
        template = connection.execute(sqlalchemy.select(sqlalchemy.func.max(metadata.tables["log_template"].c.id)))
        template_id = template.scalar()
        runs = [
            {
                "dag_id": dag_id,
                "run_id": f"ready_{number}",
                "run_type": "manual",
                "state": "running",
                "execution_date": now - datetime.timedelta(hours=number),
                "start_date": now,
                "queued_at": now,
                "dag_hash": hashes[dag_id],
                "log_template_id": template_id,
                "clear_number": 0,
                "external_trigger": True,
            }
            for dag_id in loads.ready_dag_ids()
            for number in range(RUNS_OF_EACH)
        ]
        connection.execute(run.insert(), runs)
        connection.execute(instance.insert(), [_instance(one, number) for one in runs for number in _task_numbers()])


def _task_numbers() -> range:
    return range(loads.READY_TASKS)


def _instance(run: dict, number: int) -> dict:
    return {
        "dag_id": run["dag_id"],
        "run_id": run["run_id"],
        "task_id": f"t{number}",
        "map_index": -1,
        "state": "scheduled",
        "try_number": 1,
        "max_tries": 0,
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": "PythonOperator",
        "updated_at": run["queued_at"],
    }

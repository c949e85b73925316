"""Record what stock Airflow makes of a folder of DAG files, as one JSON file a DAG.

python -m parity.record --dags FOLDER --into recorded/example_dags [DAG_ID …]

Runs that do not end are recorded as they are when the time is over: such a DAG waits for what never comes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import sqlalchemy

from parity import postgres, rows, stock

RUN_ID = f"manual__{rows.LOGICAL_DATE}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dags", type=Path, required=True, help="folder of DAG files")
    parser.add_argument("--into", type=Path, required=True, help="folder of the JSON files")
    parser.add_argument(
        "--seconds",
        type=float,
        default=600,
        help="give up on runs that last longer (default 600)",
    )
    parser.add_argument("dag_ids", nargs="*", help="only these DAGs (default: all)")
    arguments = parser.parse_args()

    home = Path(tempfile.mkdtemp(prefix="updraft-parity-"))
    with postgres.server() as url:
        env = stock.environment(home, url, arguments.dags.resolve())
        for command in (["db", "migrate"], ["dags", "reserialize"]):
            subprocess.run(
                [stock.BIN / "airflow", *command],
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        engine = sqlalchemy.create_engine(url)
        dag_ids = trigger(engine, env, arguments.dag_ids)
        with stock.scheduler(env, home / "scheduler.log"):
            found = stock.wait(engine, lambda found: all(map(rows.is_finished, found.values())), arguments.seconds)
        engine.dispose()
    arguments.into.mkdir(parents=True, exist_ok=True)
    # A SubDAG's run is made by a task of its parent.
    dag_ids += [dag_id for dag_id in found if dag_id.rpartition(".")[0] in dag_ids]
    for dag_id in dag_ids:
        (arguments.into / f"{dag_id}.json").write_text(json.dumps(found[dag_id], indent=1, sort_keys=True) + "\n")
    unfinished = [dag_id for dag_id in dag_ids if not rows.is_finished(found[dag_id])]
    print(f"{len(dag_ids)} DAGs recorded; not finished: {', '.join(unfinished) or 'none'}")
    shutil.rmtree(home, ignore_errors=True)


def trigger(engine: sqlalchemy.engine.Engine, env: dict[str, str], wanted: list[str]) -> list[str]:
    """Create one manual run of each DAG, unpaused with its SubDAGs, and return the DAG ids."""
    with engine.begin() as connection:
        stored = connection.execute(sqlalchemy.text("SELECT dag_id, root_dag_id FROM dag ORDER BY dag_id")).all()
        chosen = [row for row in stored if not wanted or (row.root_dag_id or row.dag_id) in wanted]
        connection.execute(
            sqlalchemy.text("UPDATE dag SET is_paused = FALSE WHERE dag_id = :dag"),
            [{"dag": row.dag_id} for row in chosen],
        )
    dag_ids = [row.dag_id for row in chosen if row.root_dag_id is None]
    script = (
        "import sys, pendulum\n"
        "from airflow.api.common.trigger_dag import trigger_dag\n"
        "for dag_id in sys.argv[3:]:\n"
        "    try:\n"
        "        trigger_dag(dag_id, run_id=sys.argv[1], execution_date=pendulum.parse(sys.argv[2]))\n"
        "    except Exception as error:\n"
        "        print(f'{dag_id} cannot be triggered: {error}', file=sys.stderr)\n"
    )
    subprocess.run(
        [stock.BIN / "python", "-c", script, RUN_ID, rows.LOGICAL_DATE, *dag_ids],
        env=env,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with engine.connect() as connection:
        made = connection.execute(
            sqlalchemy.text("SELECT dag_id FROM dag_run WHERE run_id = :run"),
            {"run": RUN_ID},
        )
        return sorted(row[0] for row in made)


if __name__ == "__main__":
    main()

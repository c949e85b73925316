"""Run a folder of DAG files on Updraft and compare with what was recorded from stock Airflow.

    python -m parity.compare --updraft target/release/updraft --dags FOLDER --recorded recorded/example_dags …
    python -m parity.compare … --live DAG_ID        records the DAG on stock first, now
    python -m parity.compare … --json FILE          for parity.compatibility
    python -m parity.compare … --bundled-python P   on the bundled API, in that Python

Prints one line a DAG, and below it each value that differs, as `stock -> Updraft`. A value of a task that
waits for a missing feature, itself or through what comes before it, is marked with `(waits)`.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy

from parity import features, postgres, record, rows, stock

DATABASES = ("sqlite", "postgresql")


def main() -> None:
    arguments = parse_arguments()
    if arguments.live:
        arguments.recorded = [record_now(arguments)]
    recorded = {
        path.stem: (folder.name, json.loads(path.read_text()))
        for folder in arguments.recorded
        for path in sorted(folder.glob("*.json"))
        if not arguments.dag_ids or path.stem.partition(".")[0] in arguments.dag_ids
        if not any(fnmatch.fnmatch(path.stem, pattern) for pattern in arguments.ignore)
    }
    wanted = {dag_id: stock_rows for dag_id, (_, stock_rows) in recorded.items()}
    names = arguments.database or DATABASES
    # Most of the time is spent in sensors.
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda name: run(arguments, name, wanted), names))
    result = {}
    for name, found in zip(names, runs, strict=True):
        title = f"{name}, bundled API" if arguments.bundled_python else name
        result[title] = compare(title, wanted, *found)
    for verdicts in result.values():
        for dag_id, verdict in verdicts.items():
            verdict["folder"] = recorded[dag_id][0]
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    unexplained = [
        f"{dag_id} on {name}"
        for name, verdicts in result.items()
        for dag_id, verdict in verdicts.items()
        if verdict["unexplained"]
    ]
    if arguments.strict and unexplained:
        raise SystemExit(f"differ from stock Airflow: {', '.join(unexplained)}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updraft", type=Path, required=True, help="the updraft binary")
    parser.add_argument("--dags", type=Path, required=True, help="folder of DAG files")
    parser.add_argument("--recorded", type=Path, nargs="+", required=True, help="folders that parity.record wrote")
    parser.add_argument("--database", action="append", choices=DATABASES, help="may be given twice (default: both)")
    parser.add_argument("--seconds", type=float, default=120, help="give up on runs that last longer (default 120)")
    parser.add_argument("--json", type=Path, help="also write the result as JSON")
    parser.add_argument("--bundled-python", type=Path, help="run on the bundled API, in this Python")
    parser.add_argument("--live", action="store_true", help="record the named DAGs on stock first")
    parser.add_argument("--ignore", action="append", default=[], help="DAG id to leave out, * stands for anything")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where a task differs that waits for nothing")
    parser.add_argument("--keep", action="store_true", help="keep Updraft's home folder, with its logs")
    parser.add_argument("dag_ids", nargs="*", help="only these DAGs, with their SubDAGs (default: all recorded)")
    return parser.parse_args()


def record_now(arguments: argparse.Namespace) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="updraft-parity-live-"))
    command = [sys.executable, "-m", "parity.record", "--dags", arguments.dags, "--into", folder]
    subprocess.run([*command, *arguments.dag_ids], check=True)
    return folder


def compare(
    title: str,
    wanted: dict[str, rows.Rows],
    ours: dict[str, rows.Rows],
    waiting: features.Waiting,
    errors: dict[str, str],
) -> dict[str, dict[str, Any]]:
    """Print what differs in the runs on one kind of database."""
    result = {
        dag_id: not_imported(dag_id, error)
        # Example files are named like their DAGs.
        if (error := errors.get(dag_id.partition(".")[0]))
        else judge(dag_id, wanted[dag_id], ours.get(dag_id), waiting.get(dag_id, {}))
        for dag_id in wanted
    }
    same = sum(not verdict["differences"] for verdict in result.values())
    print(f"{title}: {same} of {len(result)} DAGs end as on stock Airflow", flush=True)
    return result


def judge(dag_id: str, stock_rows: rows.Rows, ours: rows.Rows | None, waiting: dict[str, str]) -> dict[str, Any]:
    """What differs, and what of it no missing feature explains."""
    found = rows.differences(dag_id, stock_rows, ours)
    whole_dag_waits = bool(waiting) and all(map(waiting.get, map(rows.task_of, stock_rows["task_instances"])))
    unexplained = [
        difference.text
        for difference in found
        if not (
            difference.task_id in waiting
            or (waiting and difference.of_run_state)
            or (whole_dag_waits and difference.task_id is None)
        )
    ]
    reasons = ", ".join(sorted(set(waiting.values())))
    print(f"{'=' if not found else '≠'} {dag_id}{f'  (waits for {reasons})' if found and reasons else ''}")
    for difference in found:
        print(f"    {difference.text}{'' if difference.text in unexplained else '  (waits)'}")
    return {
        "differences": [difference.text for difference in found],
        "unexplained": unexplained,
        "waits_for": reasons if found else "",
        "guarded": len({rows.task_of(label) for label in stock_rows["task_instances"]} - waiting.keys()),
        "ends_on_stock": rows.is_finished(stock_rows),
    }


def not_imported(dag_id: str, error: str) -> dict[str, Any]:
    """A DAG whose file cannot be imported."""
    waits_for = features.what_import_waits_for(dag_id, error)
    print(f"≠ {dag_id}{f'  (waits for {waits_for})' if waits_for else ''}\n    not imported: {error}")
    return {
        "differences": [error],
        "unexplained": [] if waits_for else [error],
        "waits_for": waits_for,
        "import_error": error,
        "guarded": 0,
        "ends_on_stock": False,
    }


def run(
    arguments: argparse.Namespace, name: str, wanted: dict[str, rows.Rows]
) -> tuple[dict[str, rows.Rows], features.Waiting, dict[str, str]]:
    """Run the DAGs on `updraft standalone`.

    Gives the rows of their runs, the tasks that wait for a feature, and what files could not be imported for.
    """
    home = Path(tempfile.mkdtemp(prefix="updraft-parity-"))
    with database(name, home) as url:
        env = stock.environment(home, url, arguments.dags.resolve()) | sdk(arguments)
        binary = arguments.updraft.resolve()
        for words in (["db", "migrate"], ["dags", "reserialize"]):
            subprocess.run([binary, *words], env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        engine = sqlalchemy.create_engine(url)
        errors = import_errors(engine)
        # A SubDAG's run is made by a task of its parent.
        record.trigger(engine, env, [dag_id for dag_id in wanted if dag_id.rpartition(".")[0] not in wanted])

        def missing_features() -> features.Waiting:
            return features.waiting(engine, home / "logs", bundled=bool(arguments.bundled_python))

        def enough(found: dict[str, rows.Rows]) -> bool:
            waiting = missing_features()
            return all(
                rows.has_come_as_far(found.get(dag_id), stock_rows, set(waiting.get(dag_id, ())))
                for dag_id, stock_rows in wanted.items()
                if dag_id.partition(".")[0] not in errors
                if not set(map(rows.task_of, stock_rows["task_instances"])) <= waiting.get(dag_id, {}).keys()
                or not waiting.get(dag_id)
            )

        with (home / "standalone.log").open("wb") as output:
            process = subprocess.Popen([binary, "standalone"], env=env, stdout=output, stderr=output)
        try:
            found = stock.wait(engine, enough, arguments.seconds)
        finally:
            stop(process)
        waiting = missing_features()
        engine.dispose()
    if arguments.keep:
        print(f"kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)
    return found, waiting, errors


def import_errors(engine: sqlalchemy.engine.Engine) -> dict[str, str]:
    """The last line of each file's import error, by the file's name without folder and suffix."""
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.text("SELECT filename, stacktrace FROM import_error")).all()
    return {Path(file).stem: trace.strip().splitlines()[-1] for file, trace in found}


def sdk(arguments: argparse.Namespace) -> dict[str, str]:
    """Which Python, and which API, the DAG files and tasks have."""
    if arguments.bundled_python:
        return {"AIRFLOW__UPDRAFT__PYTHON": str(arguments.bundled_python), "AIRFLOW__UPDRAFT__PYTHON_SDK": "bundled"}
    return {"VIRTUAL_ENV": str(stock.BIN.parent)}


def stop(process: subprocess.Popen) -> None:
    """Some sensors wait for ever, so the second signal, which ends what runs, follows the first."""
    for seconds in (1, 60):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
    process.kill()


def database(kind: str, home: Path) -> contextlib.AbstractContextManager[str]:
    return contextlib.nullcontext(f"sqlite:///{home}/airflow.db") if kind == "sqlite" else postgres.server()


if __name__ == "__main__":
    main()

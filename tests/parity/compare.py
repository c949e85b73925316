"""Run a folder of DAG files on Updraft and compare with what was recorded from stock Airflow.

    python -m parity.compare --updraft target/release/updraft --dags FOLDER --recorded recorded/example_dags
    python -m parity.compare … --live DAG_ID        records the DAG on stock first, now
    python -m parity.compare … --json FILE          for parity.compatibility

Prints one line a DAG, and below it each value that differs, as `stock -> Updraft`.
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
from pathlib import Path

import sqlalchemy

from parity import features, postgres, record, rows, stock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updraft", type=Path, required=True, help="the updraft binary")
    parser.add_argument("--dags", type=Path, required=True, help="folder of DAG files")
    parser.add_argument("--recorded", type=Path, required=True, help="folder that parity.record wrote")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--seconds",
        type=float,
        default=120,
        help="give up on runs that last longer (default 120)",
    )
    parser.add_argument("--json", type=Path, help="also write the result as JSON")
    parser.add_argument("--live", action="store_true", help="record the named DAGs on stock first")
    parser.add_argument("--ignore", nargs="+", default=[], help="DAG ids to leave out, * stands for anything")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where a DAG differs that waits for nothing")
    parser.add_argument("--keep", action="store_true", help="keep Updraft's home folder, with its logs")
    parser.add_argument("dag_ids", nargs="*", help="only these DAGs (default: all that were recorded)")
    arguments = parser.parse_args()
    if arguments.live:
        arguments.recorded = Path(tempfile.mkdtemp(prefix="updraft-parity-live-"))
        command = [
            sys.executable,
            "-m",
            "parity.record",
            "--dags",
            arguments.dags,
            "--into",
            arguments.recorded,
        ]
        subprocess.run([*command, *arguments.dag_ids], check=True)

    recorded = {path.stem: json.loads(path.read_text()) for path in sorted(arguments.recorded.glob("*.json"))}
    wanted = {
        name: rows_
        for name, rows_ in recorded.items()
        if (not arguments.dag_ids or name in arguments.dag_ids)
        and not any(fnmatch.fnmatch(name, pattern) for pattern in arguments.ignore)
    }
    ours, missing = run(arguments, list(wanted))
    result = {
        name: {
            "differences": rows.differences(wanted[name], ours.get(name), skip_xcoms=True),
            "waits_for": features.of(name, missing),
            "ends_on_stock": rows.is_finished(wanted[name]),
        }
        for name in wanted
    }
    for name, verdict in result.items():
        lines = verdict["differences"]
        reason = f"  (waits for {verdict['waits_for']})" if lines and verdict["waits_for"] else ""
        print(f"{'=' if not lines else '≠'} {name}{reason}")
        for line in lines:
            print(f"    {line}")
    same = sum(not verdict["differences"] for verdict in result.values())
    print(f"{same} of {len(result)} DAGs end as on stock Airflow")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    unexplained = [
        name
        for name, verdict in result.items()
        if verdict["differences"] and not verdict["waits_for"] and verdict["ends_on_stock"]
    ]
    if arguments.strict and unexplained:
        raise SystemExit(f"differ from stock Airflow: {', '.join(unexplained)}")


def run(arguments: argparse.Namespace, dag_ids: list[str]) -> tuple[dict[str, rows.Rows], dict[str, str]]:
    """Run the DAGs on `updraft standalone`: the rows of their runs, and what Updraft lacks for them."""
    home = Path(tempfile.mkdtemp(prefix="updraft-parity-"))
    with database(arguments.database, home) as url:
        env = stock.environment(home, url, arguments.dags.resolve()) | {"VIRTUAL_ENV": str(stock.BIN.parent)}
        binary = arguments.updraft.resolve()
        subprocess.run([binary, "db", "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            [binary, "dags", "reserialize"],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        engine = sqlalchemy.create_engine(url)
        record.trigger(engine, env, dag_ids)
        with (home / "standalone.log").open("wb") as output:
            process = subprocess.Popen([binary, "standalone"], env=env, stdout=output, stderr=output)
        try:
            found = stock.wait_for_ends(engine, record.RUN_ID, seconds=arguments.seconds)
        finally:
            stop(process)
        missing = features.missing(engine, home / "logs")
        engine.dispose()
    if arguments.keep:
        print(f"kept: {home}")
    else:
        shutil.rmtree(home, ignore_errors=True)
    return found, missing


def stop(process: subprocess.Popen) -> None:
    """The first signal waits for running tasks; sensors may never end, so a second one ends them."""
    for _ in range(2):
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return
    process.wait(60)


def database(kind: str, home: Path):
    return contextlib.nullcontext(f"sqlite:///{home}/airflow.db") if kind == "sqlite" else postgres.server()


if __name__ == "__main__":
    main()

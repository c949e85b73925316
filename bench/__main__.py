"""Time the same work on stock Airflow 2.10.5 and on Updraft, one after the other, on both databases.

    python -m bench --updraft target/release/updraft [--database sqlite] [--only bash_100 parse_300 idle …]

Prints a table in Markdown; `--write docs/benchmarks.md` also keeps it. A row is the median of its repetitions,
with the least and the most in brackets. A run's time is dag_run.end_date - dag_run.start_date.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from bench import loads, machine, measure, report, side

KEYS = (*(load.dag_id for load in loads.LOADS), "parse_300", "parse_examples", "ready", "start", "idle")
DATABASES = ("postgresql", "sqlite")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updraft", type=Path, required=True, help="the updraft binary (a release build)")
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES, help="default: both")
    parser.add_argument("--only", nargs="+", choices=KEYS, default=KEYS, help="rows to measure (default: all)")
    parser.add_argument("--repeat", type=int, default=3, help="of Updraft and bare Python (default 3)")
    parser.add_argument("--stock-repeat", type=int, default=1, help="of stock, which is slow (default 1)")
    parser.add_argument("--bundled-python", type=Path, help="a Python with jinja2 and pendulum alone: third column")
    parser.add_argument("--one-pass", type=Path, help="scheduler's example (default: in examples/ beside updraft)")
    parser.add_argument("--without-stock", action="store_true", help="measure Updraft alone")
    parser.add_argument("--write", type=Path, help="file to write the table to")
    arguments = parser.parse_args()
    if "ready" in arguments.only:
        arguments.one_pass = arguments.one_pass or arguments.updraft.resolve().parent / "examples" / "one_pass"
        if not arguments.one_pass.is_file():
            parser.error(
                f"{arguments.one_pass} is missing: cargo build --release -p updraft-scheduler --example one_pass"
            )

    facts = machine.facts(arguments.updraft)
    bare = measure.bare_python(arguments.repeat) if loads.FIBO33 in arguments.only else []
    reports = [one_database(arguments, name, bare) for name in arguments.database]
    text = "\n".join([*header(arguments), *(f"- {fact}" for fact in facts), "", *(one.markdown() for one in reports)])
    print(text)
    if arguments.write:
        arguments.write.write_text(text)


def one_database(arguments: argparse.Namespace, name: str, bare: list[float]) -> report.Report:
    print(f"{name}:", file=sys.stderr)

    def wanted(key: str) -> bool:
        return key in arguments.only

    def measured(which: side.Side, repeat: int) -> measure.Measured:
        return measure.measure(which, name, wanted, repeat, arguments.one_pass)

    columns = report.Columns(updraft=measured(side.updraft(arguments.updraft), arguments.repeat))
    if arguments.bundled_python:
        bundled = side.bundled(arguments.updraft, arguments.bundled_python)
        columns.bundled = measured(bundled, arguments.repeat)
    if not arguments.without_stock:
        columns.stock = measured(side.stock(), arguments.stock_repeat)
    return report.Report(name, columns, bare)


def header(arguments: argparse.Namespace) -> list[str]:
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`: stock Airflow 2.10.5, Updraft with that same Airflow as the SDK, and Updraft with "
        "its bundled API do the same work, one after the other, on one machine. "
        "Ratios are what to look at: seconds differ from machine to machine. "
        f"Updraft: median of {arguments.repeat} (of one for 3,000 tasks); stock: median of {arguments.stock_repeat}. "
        "A run's time is `dag_run.end_date - dag_run.start_date`.",
        "",
    ]


if __name__ == "__main__":
    main()

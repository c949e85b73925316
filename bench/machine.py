"""What the figures were measured on."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import sqlite3
import subprocess
from pathlib import Path

from parity import postgres


def facts(updraft: Path) -> list[str]:
    """One line each, for below the title."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    # The first word is the load of the last minute: what else ran when this began.
    load = Path("/proc/loadavg").read_text().split()[0]
    server = _said(postgres.programs() / "postgres", "--version").removeprefix("postgres (PostgreSQL) ")
    return [
        f"Machine: {processor}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB; Linux {platform.release()}; "
        f"load {load} before the first row.",
        f"Versions: {_said(updraft, 'version')} (commit {_commit()}), "
        f"apache-airflow {importlib.metadata.version('apache-airflow')}, Python {platform.python_version()}, "
        f"PostgreSQL {server}, SQLite {sqlite3.sqlite_version} (Python's).",
        f"Date: {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}.",
    ]


def _said(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _commit() -> str:
    try:
        return _said("git", "-C", Path(__file__).parent, "describe", "--always", "--dirty")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"

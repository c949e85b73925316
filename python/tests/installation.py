"""One home and one database that stock Airflow and Updraft work on in turn.

Needs the binary, whose path is in UPDRAFT_TEST_BINARY; `dev/test` sets it.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
sys.path.append(str(REPOSITORY / "tests"))
HERE = Path(__file__).parent
DAGS = REPOSITORY / "tests" / "dags" / "one_database"
SECONDS = 120


@dataclass(frozen=True)
class Installation:
    env: dict[str, str]

    def updraft(self, *words: str) -> str:
        """Standard output of a command that must succeed."""
        command = [_binary(), *words]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def updraft_runs(self, *, until: set[str]) -> None:
        """`updraft standalone`, until a run of each of these DAGs has ended."""
        command = [_binary(), "standalone"]
        with subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                said = _read_until(process, lambda line: _is_end(line, until))
            finally:
                process.terminate()
        assert not until, f"no end of {until}:\n{said}"

    def stock(self, *commands: list[str]) -> list[str]:
        """Standard output of each of these commands of stock Airflow, run by one process in this order."""
        done = subprocess.run(
            [sys.executable, HERE / "stock_commands.py", json.dumps(commands)],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results = json.loads(done.stdout)
        for command, result in zip(commands, results, strict=True):
            assert not result["code"], f"{command} ended with {result['code']}: {result['output']}\n{done.stderr}"
        return [result["output"] for result in results]

    @contextlib.contextmanager
    def stock_web_server(self) -> Iterator[str]:
        """The address of stock's web server, which knows the user `reader` with the password `reader`."""
        command = [sys.executable, HERE / "stock_web_server.py"]
        with subprocess.Popen(command, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            try:
                said = _read_until(process, lambda line: line.startswith("http://"))
                assert said[-1].startswith("http://"), "".join(said)
                yield said[-1].strip()
            finally:
                process.kill()


@contextlib.contextmanager
def make(kind: str, home: Path) -> Iterator[Installation]:
    from parity import postgres

    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{home}/airflow.db" if kind == "sqlite" else stack.enter_context(postgres.server())
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        yield Installation(
            {
                **kept,
                "VIRTUAL_ENV": sys.prefix,
                "AIRFLOW_HOME": str(home),
                "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
                "AIRFLOW__CORE__EXECUTOR": "SequentialExecutor" if kind == "sqlite" else "LocalExecutor",
                "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
                "AIRFLOW__API__AUTH_BACKENDS": "airflow.providers.fab.auth_manager.api.auth.backend.basic_auth",
            }
        )


def _binary() -> str:
    path = os.environ.get("UPDRAFT_TEST_BINARY")
    if not path:
        pytest.fail("UPDRAFT_TEST_BINARY must name the updraft binary")
    return path


def _is_end(line: str, of: set[str]) -> bool:
    """Takes the DAG whose run has ended, by what the line says, out of the set; whether none is left."""
    words = line.split()
    if len(words) > 3 and words[1] in ("✓", "✗") and words[2] == "run":
        of.discard(words[3])
    return not of


def _read_until(process: subprocess.Popen, is_last: Any) -> list[str]:
    """The lines of the process up to the one that is the last, or until it ends or the time is over."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    deadline = time.monotonic() + SECONDS
    lines: list[str] = []
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(left):
                break
            chunk = process.stdout.read()
            if not chunk:
                break
            *complete, rest = (rest + chunk).split(b"\n")
            for line in complete:
                lines.append(line.decode(errors="replace") + "\n")
                if is_last(lines[-1]):
                    return lines
    return lines

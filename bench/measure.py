"""What is measured of one side on one database: row key -> figures, or for memory the processes."""

from __future__ import annotations

import datetime
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench import loads, memory, ready, side

FILES = 300
# Stock's web server starts several workers one after the other; it is idle when its memory has settled.
SETTLED_SECONDS = 10


@dataclass
class Measured:
    seconds: dict[str, list[float]] = field(default_factory=dict)
    # Row key -> statements that the last repetition sent.
    statements: dict[str, int] = field(default_factory=dict)
    # Part of the stack -> its processes.
    idle: dict[str, list[memory.Process]] = field(default_factory=dict)


def measure(
    which: side.Side, database: str, wanted: Callable[[str], bool], repeat: int, one_pass: Path | None
) -> Measured:
    """`one_pass` is the program that drives Updraft's scheduler alone."""
    measured = Measured()
    if wanted("parse_300"):
        measured.seconds["parse_300"] = [parse(which, database, lay_out_small, FILES) for _ in range(repeat)]
        tell(which, "parse_300", measured)
    if wanted("parse_examples"):
        measured.seconds["parse_examples"] = [parse(which, database, loads.write_examples) for _ in range(repeat)]
        tell(which, "parse_examples", measured)
    if wanted("ready"):
        queue_ready(which, database, measured, repeat, one_pass)
    chosen = [load for load in loads.LOADS if wanted(load.dag_id) and (load.on_stock or which.name != "stock")]
    if not chosen and not wanted("idle") and not wanted("start"):
        return measured
    with side.site(which, database) as site:
        # Always all of them, so that the memory of the idle stack has the same DAGs behind it.
        count = loads.write(site.home / "dags")
        site.prepare()
        with site.process(*which.service) as process:
            site.wait_until_parsed(count, process)
            if wanted("idle"):
                time.sleep(SETTLED_SECONDS)
                measured.idle["scheduler and workers"] = memory.tree(process.pid)
            for load in chosen:
                times = 1 if load.count > 1000 else repeat
                measured.seconds[load.dag_id] = [site.run(load.dag_id, f"bench_{n}") for n in range(times)]
                tell(which, load.dag_id, measured)
        if wanted("start"):
            measured.seconds["start"] = [start(site, f"start_{n}") for n in range(repeat)]
            tell(which, "start", measured)
        if wanted("idle") and which.name == "stock":
            measured.idle["web server"] = web_server(site)
    return measured


def parse(which: side.Side, database: str, lay_out: Callable[[Path], None], count: int = sys.maxsize) -> float:
    """From the start of `dags reserialize` on an empty database until so many DAGs are stored, or it ends."""
    with side.site(which, database) as site:
        # Not the first use: then the packages that the program brings along are compiled, as stock's are when
        # it is installed.
        site.command("dags", "reserialize")
        lay_out(site.home / "dags")
        begin = time.monotonic()
        with site.process("dags", "reserialize") as process:
            while process.poll() is None and site.value("SELECT count(*) FROM serialized_dag") < count:
                if time.monotonic() > begin + 600:
                    raise SystemExit(f"{which.name} did not store the DAGs within 600 s")
                time.sleep(0.02)
            seconds = time.monotonic() - begin
            if process.poll():
                raise SystemExit(f"{which.program} dags reserialize ended with {process.returncode}")
            return seconds


def lay_out_small(folder: Path) -> None:
    loads.write_small(folder, FILES)


def queue_ready(which: side.Side, database: str, measured: Measured, repeat: int, one_pass: Path | None) -> None:
    """Stock is also measured with all of them in one query, which is not its default."""
    with side.site(which, database) as site:
        ready.prepare(site)
        for key in ("ready", "ready_at_once") if which.name == "stock" else ("ready",):
            at_once = key == "ready_at_once"
            measured.seconds[key], measured.statements[key] = ready.measure(site, one_pass, repeat, at_once)
            tell(which, key, measured)


def start(site: side.Site, run_id: str) -> float:
    """From a start, which is not the first, until a run has begun that was triggered before it."""
    site.trigger(loads.START.dag_id, run_id)
    begin = datetime.datetime.now(tz=datetime.UTC)
    with site.process(*site.side.service):
        started, _ = site.wait_for_end(loads.START.dag_id, run_id)
        return (started - begin).total_seconds()


def web_server(site: side.Site) -> list[memory.Process]:
    """Stock's web server with its default number of workers, before the first visitor."""
    with site.process("webserver", "--port", "0") as process:
        deadline = time.monotonic() + 120
        settled, before = 0, -1.0
        while settled < SETTLED_SECONDS and time.monotonic() < deadline:
            time.sleep(1)
            now = memory.total(memory.tree(process.pid))
            settled, before = (settled + 1 if abs(now - before) < 1 else 0), now
        return memory.tree(process.pid)


def bare_python(repeat: int) -> list[float]:
    """Seconds that Python itself takes for the ten calls of fibo(33) of the chain."""
    source = f"{loads.FIBO}\nimport time\nbegin = time.perf_counter()\nfor _ in range(10):\n    fibo(33)\n"
    command = [sys.executable, "-c", f"{source}print(time.perf_counter() - begin)"]
    return [float(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(repeat)]


def tell(which: side.Side, key: str, measured: Measured) -> None:
    figures = ", ".join(f"{figure:.2f} s" for figure in measured.seconds[key])
    print(f"  {which.name}: {key}: {figures}", file=sys.stderr, flush=True)

"""What is measured of one side on one database: row key -> figures, or for memory the processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench import loads, memory, side

FILES = 300
# Stock's web server starts several workers one after the other; it is idle when its memory has settled.
SETTLED_SECONDS = 10


@dataclass
class Measured:
    seconds: dict[str, list[float]] = field(default_factory=dict)
    # Part of the stack -> its processes.
    idle: dict[str, list[memory.Process]] = field(default_factory=dict)


def measure(which: side.Side, database: str, wanted: Callable[[str], bool], repeat: int) -> Measured:
    measured = Measured()
    if wanted("parse_300"):
        measured.seconds["parse_300"] = [parse(which, database) for _ in range(repeat)]
        tell(which, "parse_300", measured)
    chosen = [load for load in loads.LOADS if wanted(load.dag_id) and (load.on_stock or which.name != "stock")]
    if not chosen and not wanted("idle"):
        return measured
    with side.site(which, database) as site:
        # Always all of them, so that the memory of the idle stack has the same DAGs behind it.
        loads.write(site.home / "dags")
        site.prepare()
        with site.process(*which.service) as process:
            site.wait_until_parsed(len(loads.LOADS), process)
            if wanted("idle"):
                time.sleep(SETTLED_SECONDS)
                measured.idle["scheduler and workers"] = memory.tree(process.pid)
            for load in chosen:
                times = 1 if load.count > 1000 else repeat
                measured.seconds[load.dag_id] = [site.run(load.dag_id, f"bench_{n}") for n in range(times)]
                tell(which, load.dag_id, measured)
        if wanted("idle") and which.name == "stock":
            measured.idle["web server"] = web_server(site)
    return measured


def parse(which: side.Side, database: str) -> float:
    """From the start of `dags reserialize` on an empty database until every DAG is stored."""
    with side.site(which, database) as site:
        loads.write_small(site.home / "dags", FILES)
        begin = time.monotonic()
        with site.process("dags", "reserialize") as process:
            while site.value("SELECT count(*) FROM serialized_dag") < FILES:
                if process.poll() not in (None, 0):
                    raise SystemExit(f"{which.program} dags reserialize ended with {process.returncode}")
                if time.monotonic() > begin + 600:
                    raise SystemExit(f"{which.name} did not store {FILES} DAGs within 600 s")
                time.sleep(0.02)
            return time.monotonic() - begin


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

"""Memory of a process and all its descendants."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    name: str
    # Proportional set size in MB: memory that processes share is divided among them.
    pss: float


def tree(root: int) -> list[Process]:
    """The process and everything below it."""
    found = [Process(_name(pid), _pss(pid) / 1024) for pid in _pids(root)]
    return [process for process in found if process.pss]


def total(processes: list[Process]) -> float:
    return sum(process.pss for process in processes)


def _name(pid: int) -> str:
    """What the process says of itself: its title where it set one, else its command without folders."""
    try:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "?"
    # A program is known by its name, a package that is run by its folder's.
    words = [word.removesuffix("/__main__.py").rsplit("/", 1)[-1] for word in " ".join(words).split()]
    return " ".join(words)[:60]


def _pids(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0

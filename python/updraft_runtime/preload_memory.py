"""Puts the memory of a process that forks into large pages.

A fork copies one page table entry a page, and the end of the child takes it back: for the hundred
megabytes of a loaded Airflow that is a third of what a short task costs. With large pages, or
parts of such, the kernel does it for many pages at once. A page that a child writes to is still
copied alone. For the zygote this costs a tenth of a second once, and next to no memory; a warm DAG
process shares nothing of it with the zygote from then on, so only one from which many tasks fork does it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

# Linux 6.1. Not a request for later, as MADV_HUGEPAGE is, and independent of the system's setting.
MADV_COLLAPSE = 25
HUGE = 2 * 1024 * 1024


def collapse(limit_kb: int | None = None) -> int:
    """The number of large pages made; 0 on a kernel that cannot, or where they would take over `limit_kb`."""
    candidates = list(_candidates())
    if limit_kb is not None and len(candidates) * HUGE > limit_kb * 1024:
        return 0
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    return sum(libc.madvise(address, HUGE, MADV_COLLAPSE) == 0 for address in candidates)


def private_kb() -> int:
    """Memory that this process does not share with others."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
            return sum(int(line.split()[1]) for line in rollup if line.startswith(("Private_", "Swap:")))
    except OSError:
        return 0


def _candidates() -> Iterator[int]:
    """Aligned parts of this process's own memory: its heap and anonymous mappings."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        # Read as a whole: the mappings change while we go through them.
        lines = maps.read().splitlines()
    for line in lines:
        addresses, mode, _, _, inode, *name = line.split(maxsplit=5)
        if mode != "rw-p" or inode != "0" or name not in ([], ["[heap]"]):
            continue
        start, end = (int(part, 16) for part in addresses.split("-"))
        first = (start + HUGE - 1) // HUGE * HUGE
        yield from range(first, end - HUGE + 1, HUGE)

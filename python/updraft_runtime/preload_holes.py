"""Fills the gaps that imports leave in the interpreter's memory.

What is freed while modules are loaded leaves single free places in thousands of pools. A forked task would
put its first objects there, one here and one there, and copy a memory page for each. After this they go
to fresh pools, side by side. Costs some milliseconds, and a megabyte beside memory that was taken already.
"""

from __future__ import annotations

import sys
from itertools import repeat

#: pymalloc serves sizes up to this, in steps of 16, from pools that are aligned to their size.
LARGEST = 512
STEP = 16
POOL = (16 if sys.version_info >= (3, 10) else 4) * 1024
POOL_HEADER = 48
#: A list with more items than this is in no pool.
LIST = LARGEST // 8
#: With another allocator the search would not end.
LIMIT = 16 * 1024 * 1024

_kept: list[object] = []


def fill() -> int:
    """The number of gaps filled. What fills them lives as long as the process."""
    before = len(_kept)
    left = LIMIT
    for size in range(STEP, LARGEST + STEP, STEP):
        places = (POOL - POOL_HEADER) // size
        while left > 0:
            # Two pools hold a whole one wherever they begin. Before that, the list outgrows these pools itself.
            fillers = _fillers(size, LIST + 2 * places)
            _kept.extend(fillers)
            left -= size * len(fillers)
            if _hold_a_pool(fillers, size, places):
                break
    return len(_kept) - before


def _fillers(size: int, count: int) -> list[object]:
    """Objects of one size, made without other objects of that size in between."""
    if size == STEP:
        return [object() for _ in repeat(None, count)]
    if size == 2 * STEP:
        return list(map(complex, repeat(0.5, count)))
    return list(map(bytes, repeat(size - sys.getsizeof(b""), count)))


def _hold_a_pool(fillers: list[object], size: int, places: int) -> bool:
    """Whether as many neighbours as a pool holds are among them, from its first place on."""
    row = previous = 0
    for address in map(id, fillers):
        is_next = row > 0 and address == previous + size
        row = row + 1 if is_next else int(address % POOL == POOL_HEADER)
        if row == places:
            return True
        previous = address
    return False

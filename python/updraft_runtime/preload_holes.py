"""Fills the gaps that imports leave in the interpreter's memory.

What is freed while modules are loaded leaves single free places in thousands of pools. A forked task would
put its first objects there, one here and one there, and copy a memory page for each. After this they go
to fresh pools, side by side. Costs some milliseconds, and no memory that was not taken already.
"""

from __future__ import annotations

import sys

#: pymalloc serves sizes up to this, in steps of 16, from pools that are aligned to their size.
LARGEST = 512
STEP = 16
ALIGNMENT = 16 * 1024
POOL_HEADER = 48
#: So many places in a row, from the first one of a pool on, are no gap.
ROW = 5
#: With another allocator the search would not end.
LIMIT = 16 * 1024 * 1024

_kept: list[object] = []


def fill() -> int:
    """The number of gaps filled. What fills them lives as long as the process."""
    before = len(_kept)
    left = LIMIT
    for size in range(STEP, LARGEST + STEP, STEP):
        left = _fill(size, left)
    return len(_kept) - before


def _fill(size: int, left: int) -> int:
    row = previous = number = 0
    empty = sys.getsizeof(b"")
    while left > 0:
        number += 1
        if size == STEP:
            filler: object = object()
        elif size == 2 * STEP:
            # An int of two digits; smaller ones are shared.
            filler = (1 << 29) + number
        else:
            filler = bytes(size - empty)
        _kept.append(filler)
        left -= size
        address = id(filler)
        row = row + 1 if address == previous + size else 0
        previous = address
        if row >= ROW and address % ALIGNMENT == POOL_HEADER + size * row:
            break
    return left

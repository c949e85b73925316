"""Import errors as text: the author's own lines, without those of this package that come after them."""

from __future__ import annotations

import os
import traceback

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def describe(error: BaseException, depth: int) -> str:
    """The traceback with so many of the innermost lines, as `[core] dagbag_import_error_traceback_depth` has it.

    Airflow counts its own lines, too. Here a refusal of an argument may be several functions deep, and two lines of
    these would say nothing about the DAG file.
    """
    told: traceback.TracebackException | None = traceback.TracebackException.from_exception(error)
    text = told
    seen = set()
    while told is not None and id(told) not in seen:
        seen.add(id(told))
        told.stack[:] = _of_author(told.stack)[-depth:] if depth > 0 else []
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return "".join(text.format()) if text else ""


def _of_author(frames: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    is_own = [not frame.filename.startswith((_PACKAGE, "<frozen ")) for frame in frames]
    if not any(is_own):
        return list(frames)
    return frames[: len(is_own) - is_own[::-1].index(True)]

"""Deprecation warnings that point at the line of the DAG file, however deep in this package they are found."""

from __future__ import annotations

import os
import sys
import warnings

from airflow.exceptions import RemovedInAirflow3Warning

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def warn(message: str, category: type[Warning] = RemovedInAirflow3Warning) -> None:
    """Warns in the name of the first caller outside of this package."""
    level = 1
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back  # type: ignore[assignment]
        level += 1
    warnings.warn(message, category, stacklevel=level)

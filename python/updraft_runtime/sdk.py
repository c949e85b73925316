"""Which package answers to `import airflow` in this process."""

from __future__ import annotations

import importlib.util
import os
import sys

APACHE = "apache"
BUNDLED = "bundled"
NONE = "none"


def choose(wanted: str) -> str:
    """The kind that `[updraft] python_sdk` asks for; `auto` takes apache-airflow where it is installed."""
    if wanted != "auto":
        return wanted
    found = importlib.util.find_spec("airflow")
    # In a checkout the bundled package is on the path as well.
    is_bundled = found is None or os.path.dirname(os.path.dirname(found.origin or "")) == bundled_folder()
    return BUNDLED if is_bundled else APACHE


def activate(kind: str) -> None:
    """Puts the bundled package on the path, before anything that is installed."""
    if kind == BUNDLED and (folder := bundled_folder()) not in sys.path:
        sys.path.insert(0, folder)


def is_bundled() -> bool:
    """Whether the bundled package is the one that this process imports."""
    import airflow

    return os.path.dirname(os.path.dirname(os.path.abspath(airflow.__file__))) == bundled_folder()


def bundled_folder() -> str:
    """Where the bundled `airflow` lies: beside the unpacked runtime, or in a checkout."""
    beside = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    unpacked = os.path.join(beside, BUNDLED)
    return unpacked if os.path.isdir(unpacked) else beside

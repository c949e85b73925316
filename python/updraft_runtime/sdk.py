"""Which package answers to `import airflow` in this process."""

from __future__ import annotations

import importlib.util
import os
import sys

APACHE = "apache"
BUNDLED = "bundled"
NONE = "none"

#: Only the bundled package has it.
OWN_MODULE = "_supervisor.py"


def choose(wanted: str) -> str:
    """The kind that `[updraft] python_sdk` asks for; `auto` takes apache-airflow where it is installed."""
    if wanted != "auto":
        return wanted
    found = importlib.util.find_spec("airflow")
    # Its own package may be installed, by `updraft sdk install`, or on the path of a checkout.
    return BUNDLED if found is None or _is_own(found.origin) else APACHE


def activate(kind: str) -> None:
    """Puts the bundled package on the path, before anything that is installed."""
    if kind == BUNDLED and (folder := bundled_folder()) not in sys.path:
        sys.path.insert(0, folder)


def is_bundled() -> bool:
    """Whether the bundled package is the one that this process imports."""
    import airflow

    return _is_own(airflow.__file__)


def _is_own(origin: str | None) -> bool:
    """Whether a package `airflow` is the bundled one, wherever it lies."""
    return os.path.isfile(os.path.join(os.path.dirname(origin or ""), OWN_MODULE))


def bundled_folder() -> str:
    """Where the bundled `airflow` lies: beside the unpacked runtime, or in a checkout."""
    beside = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    unpacked = os.path.join(beside, BUNDLED)
    return unpacked if os.path.isdir(unpacked) else beside

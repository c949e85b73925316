"""Whether the import of a DAG file left something in the process that the next one could meet.

`airflow dags reserialize` imports all files in one process, whatever they do to each other. Here one
process goes on with the next file as long as nothing of the last one can be seen in it.
"""

from __future__ import annotations

import logging
import os
import random
import re
import sys
import warnings
from typing import Any

from airflow.models.dag import DagContext

from updraft_runtime.preload import open_sockets, threads

#: How DagBag names the modules that it makes of DAG files.
_DAG_MODULE = "unusual_prefix_"

#: Something is set that may be a library's. What was set cannot be seen afterwards, so the text tells.
_SETS = re.compile(
    rb"\bsetattr\("
    rb"|^[^#\n]*?\b\w+\.[\w.]+(?:\[[^\n]*?\])?\s*(?:[-+*/|&^%@]|//|\*\*|<<|>>)?=(?!=)",
    re.MULTILINE,
)

#: Modules of these packages are the same for everybody. The first are known since Python 3.10.
_COMMON = {*getattr(sys, "stdlib_module_names", ()), "airflow"}


def state(dags_folder: str) -> Any:
    """What a DAG file can change of the process, to be compared."""
    root = logging.getLogger()
    return (
        {name for name in sys.modules if not name.startswith(_DAG_MODULE) and name.partition(".")[0] not in _COMMON},
        dict(os.environ),
        # The loader puts the folder there.
        [folder for folder in sys.path if folder != dags_folder],
        os.getcwd(),
        warnings.filters[:],
        (root.level, root.handlers[:], root.disabled, root.manager.disable),
        random.getstate(),
        DagContext.get_current_dag(),
        threads(),
        open_sockets(),
    )


def is_clean(before: Any, path: str, dags_folder: str) -> bool:
    """After the import of `path`; forgets its module."""
    for name in [name for name in sys.modules if name.startswith(_DAG_MODULE)]:
        del sys.modules[name]
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError:
        return False
    # An archive is no text, and its modules stay.
    return path.endswith(".py") and not _SETS.search(text) and state(dags_folder) == before

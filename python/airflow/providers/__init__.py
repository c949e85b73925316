"""Provider packages, wherever they are installed."""

from __future__ import annotations

import os
import sys

# This package may come from another place than the providers that pip installed, so all places count. Only here: the
# rest of a stock Airflow that may be installed, too, must not get mixed in.
for _path in sys.path:
    _folder = os.path.join(_path, "airflow", "providers")
    if os.path.isdir(_folder) and _folder not in __path__:
        __path__.append(_folder)

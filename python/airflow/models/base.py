"""Constants of the models."""

from __future__ import annotations

#: How long an id may be.
ID_LEN = 250

#: Passed to `execute` by whoever runs a task, so that it notices when somebody else calls it.
_sentinel = object()

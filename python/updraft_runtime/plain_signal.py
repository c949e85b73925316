"""Signal calls that work with numbers.

Those of `signal` make enum members of every number that they return, in Python: a tenth of a millisecond
for each forked task, and the copies of some forty memory pages.
"""

from __future__ import annotations

from _signal import SIG_BLOCK, SIG_DFL, SIG_SETMASK, SIGALRM, SIGCHLD, SIGHUP, SIGINT, SIGTERM
from _signal import pthread_sigmask as set_mask
from _signal import signal as set_handler

__all__ = [
    "SIGALRM",
    "SIGCHLD",
    "SIGHUP",
    "SIGINT",
    "SIGTERM",
    "SIG_BLOCK",
    "SIG_DFL",
    "SIG_SETMASK",
    "set_handler",
    "set_mask",
]

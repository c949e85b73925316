"""Lets BashOperator start its program without copying the task's whole process.

Airflow's SubprocessHook passes a `preexec_fn`, for which Python has to fork; with options of the
same meaning it uses vfork. In a task that was itself forked from a large process a fork costs more
than everything else about a short command.
"""

from __future__ import annotations

import subprocess
from typing import Any

HOOK = "SubprocessHook.run_command.<locals>.pre_exec"


def popen(*arguments: Any, preexec_fn: Any = None, **options: Any) -> subprocess.Popen:
    """As subprocess.Popen. What the hook's function does, restoring the signals that Python ignores
    and setsid, are `restore_signals` (on by default) and `start_new_session`."""
    if getattr(preexec_fn, "__qualname__", None) == HOOK:
        return subprocess.Popen(*arguments, start_new_session=True, **options)
    return subprocess.Popen(*arguments, preexec_fn=preexec_fn, **options)


def install() -> None:
    import airflow.hooks.subprocess

    airflow.hooks.subprocess.Popen = popen

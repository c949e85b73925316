"""Running programs."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

log = logging.getLogger(__name__)


def execute_in_subprocess(cmd: list[str], cwd: str | None = None, env: dict[str, str] | None = None) -> None:
    """Runs a program; each line that it prints is logged. A code other than 0 is a `CalledProcessError`."""
    execute_in_subprocess_with_kwargs(cmd, cwd=cwd, env=env)


def execute_in_subprocess_with_kwargs(cmd: list[str], **kwargs: Any) -> None:
    """Like `execute_in_subprocess`, with any argument of `subprocess.Popen`."""
    log.info("Executing cmd: %s", shlex.join(cmd))
    with subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs) as process:
        log.info("Output:")
        for line in process.stdout or ():
            log.info("%s", line.decode(errors="backslashreplace").rstrip())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, cmd)


@contextlib.contextmanager
def patch_environ(new_env_variables: dict[str, str]) -> Iterator[None]:
    """Has the environment hold these variables, too, until the end of the block."""
    before = {name: os.environ.get(name) for name in new_env_variables}
    os.environ.update(new_env_variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def set_new_process_group() -> None:
    """Makes this process the leader of a group, unless it leads a session."""
    if os.getpid() != os.getsid(0):
        os.setpgid(0, 0)

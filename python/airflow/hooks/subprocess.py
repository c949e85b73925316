"""Programs that a task starts and listens to."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from subprocess import PIPE, STDOUT, Popen
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, NamedTuple

from airflow.hooks.base import BaseHook


class SubprocessResult(NamedTuple):
    """How a program ended, and the last line that it printed."""

    exit_code: int
    output: str


@contextlib.contextmanager
def working_directory(cwd: str | None = None) -> Iterator[str]:
    """`cwd`, or else a temporary directory that is removed at the end."""
    if cwd is not None:
        yield cwd
        return
    with TemporaryDirectory(prefix="airflowtmp") as folder:
        yield folder


class SubprocessHook(BaseHook):
    """Runs a program in a process group of its own and logs what it prints."""

    def __init__(self, **kwargs: Any) -> None:
        self.sub_process: Popen[bytes] | None = None
        super().__init__(**kwargs)

    def run_command(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        cwd: str | None = None,
    ) -> SubprocessResult:
        """Runs `command` to its end, in a temporary directory if `cwd` is None.

        `env` replaces the environment; None keeps it. Bytes that `output_encoding` cannot decode are shown
        escaped.
        """
        self.log.info("Tmp dir root location: %s", gettempdir())
        with working_directory(cwd) as folder:
            self.log.info("Running command: %s", command)
            # A `preexec_fn` would make Python copy the whole process; these options let it use vfork.
            # Signals that Python ignores, SIGPIPE among them, are restored by default.
            self.sub_process = Popen(
                command,
                stdout=PIPE,
                stderr=STDOUT,
                cwd=folder,
                env=os.environ if env is None else env,
                start_new_session=True,
            )
            self.log.info("Output:")
            line = ""
            assert self.sub_process.stdout is not None
            with self.sub_process.stdout as output:
                for raw in output:
                    line = raw.decode(output_encoding, errors="backslashreplace").rstrip()
                    self.log.info("%s", line)
            exit_code = self.sub_process.wait()
            self.log.info("Command exited with return code %s", exit_code)
        return SubprocessResult(exit_code=exit_code, output=line)

    def send_sigterm(self) -> None:
        """Asks the program, and whatever it started in its group, to end."""
        self.log.info("Sending SIGTERM signal to process group")
        if self.sub_process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(os.getpgid(self.sub_process.pid), signal.SIGTERM)

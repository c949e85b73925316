"""Waits for a command to succeed."""

from __future__ import annotations

from collections.abc import Sequence
from subprocess import PIPE, STDOUT, Popen
from tempfile import NamedTemporaryFile, TemporaryDirectory, gettempdir
from typing import Any

from airflow.exceptions import AirflowFailException
from airflow.sensors.base import BaseSensorOperator


class BashSensor(BaseSensorOperator):
    """Waits until `bash_command` ends with code 0.

    :param bash_command: the command or script. (templated)
    :param env: the environment of the command; None is that of the task. (templated)
    :param output_encoding: how the output is decoded
    :param retry_exit_code: the code that means "not yet", any other fails the task; None: every code does
    """

    template_fields: Sequence[str] = ("bash_command", "env")

    def __init__(
        self,
        *,
        bash_command: str,
        env: dict[str, str] | None = None,
        output_encoding: str = "utf-8",
        retry_exit_code: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.output_encoding = output_encoding
        self.retry_exit_code = retry_exit_code

    def poke(self, context: Any) -> bool:
        exit_code = self._run()
        if exit_code == 0:
            return True
        if self.retry_exit_code is None:
            self.log.info("Non-zero return code and no retry code set, will retry later")
            return False
        if exit_code == self.retry_exit_code:
            self.log.info("Return code matches retry code, will retry later")
            return False
        raise AirflowFailException(f"Command exited with return code {exit_code}")

    def _run(self) -> int:
        self.log.info("Tmp dir root location: %s", gettempdir())
        with TemporaryDirectory(prefix="airflowtmp") as folder, NamedTemporaryFile(dir=folder) as script:
            script.write(self.bash_command.encode("utf-8"))
            script.flush()
            self.log.info("Temporary script location: %s", script.name)
            self.log.info("Running command: %s", self.bash_command)
            with Popen(
                ["bash", script.name], stdout=PIPE, stderr=STDOUT, cwd=folder, env=self.env, start_new_session=True
            ) as process:
                self.log.info("Output:")
                assert process.stdout is not None
                for line in process.stdout:
                    self.log.info("%s", line.decode(self.output_encoding, errors="backslashreplace").strip())
            self.log.info("Command exited with return code %s", process.returncode)
        return process.returncode

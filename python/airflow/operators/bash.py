"""Runs a command or script with bash."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Container, Sequence
from functools import cached_property
from typing import Any, Callable

from airflow.exceptions import AirflowException, AirflowSkipException, RemovedInAirflow3Warning
from airflow.hooks.subprocess import SubprocessHook, SubprocessResult, working_directory
from airflow.models.baseoperator import BaseOperator
from airflow.utils.operator_helpers import context_to_airflow_vars
from airflow.utils.types import ArgNotSet


def _unchanged(result: str) -> str:
    return result


class BashOperator(BaseOperator):
    """Runs `bash_command`; its last line of output is the task's XCom.

    :param bash_command: a command, or the name of a template file that ends with ``.sh`` or ``.bash``.
        To run such a script without rendering it, end the command with a space. (templated)
    :param env: the environment of the command; None is that of the task. (templated)
    :param append_env: adds `env` to the task's environment instead of replacing it
    :param output_encoding: how the output is decoded
    :param skip_on_exit_code: exit codes that skip the task; any other but 0 fails it
    :param cwd: where the command runs; None is a temporary directory. (templated)
    :param output_processor: makes the XCom from the last line

    Text from outside, such as the conf of a run, does not belong into the command itself, where the shell
    would interpret it: pass it in `env` and write ``"$name"``.
    """

    template_fields: Sequence[str] = ("bash_command", "env", "cwd")
    template_fields_renderers = {"bash_command": "bash", "env": "json"}
    template_ext: Sequence[str] = (".sh", ".bash")
    ui_color = "#f0ede4"

    def __init__(
        self,
        *,
        bash_command: str | ArgNotSet,
        env: dict[str, str] | None = None,
        append_env: bool = False,
        output_encoding: str = "utf-8",
        skip_exit_code: int | None = None,
        skip_on_exit_code: int | Container[int] | None = 99,
        cwd: str | None = None,
        output_processor: Callable[[str], Any] = _unchanged,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bash_command = bash_command
        self.env = env
        self.output_encoding = output_encoding
        if skip_exit_code is not None:
            warnings.warn("skip_exit_code is deprecated; use skip_on_exit_code", DeprecationWarning, stacklevel=2)
            skip_on_exit_code = skip_exit_code
        if skip_on_exit_code is None:
            skip_on_exit_code = []
        elif not isinstance(skip_on_exit_code, Container):
            skip_on_exit_code = [skip_on_exit_code]
        self.skip_on_exit_code = skip_on_exit_code
        self.cwd = cwd
        self.append_env = append_env
        self.output_processor = output_processor
        # The command of `@task.bash` is known only when its function has run.
        self._init_bash_command_not_set = isinstance(bash_command, ArgNotSet)
        # Rendering replaces the name of a script by its text; the name tells how to run it.
        self._unrendered_bash_command = bash_command

    @cached_property
    def subprocess_hook(self) -> SubprocessHook:
        """Runs the command."""
        return SubprocessHook()

    @staticmethod
    def refresh_bash_command(ti: Any) -> None:
        """Renders the command again, which was made while the task ran, and stores it for the reader."""
        from airflow.models.renderedtifields import RenderedTaskInstanceFields

        RenderedTaskInstanceFields._update_runtime_evaluated_template_fields(ti)

    def get_env(self, context: Any) -> dict[str, str]:
        """The environment of the command, with the ``AIRFLOW_CTX_*`` variables."""
        env = dict(os.environ) if self.env is None or self.append_env else {}
        env.update(self.env or {})
        env.update(context_to_airflow_vars(context, in_env_var_format=True))
        return env

    def execute(self, context: Any) -> Any:
        bash = shutil.which("bash") or "bash"
        if self.cwd is not None:
            if not os.path.exists(self.cwd):
                raise AirflowException(f"the directory cwd={self.cwd!r} does not exist")
            if not os.path.isdir(self.cwd):
                raise AirflowException(f"cwd={self.cwd!r} is not a directory")
        env = self.get_env(context)
        if self._init_bash_command_not_set:
            is_inline = self._is_inline_command(self.bash_command)
            self.refresh_bash_command(context["ti"])
        else:
            is_inline = self._is_inline_command(self._unrendered_bash_command)
        result = self._run_inline_command(bash, env) if is_inline else self._run_script(bash, env)
        if result.exit_code in self.skip_on_exit_code:
            raise AirflowSkipException(f"the command ended with exit code {result.exit_code}, which skips the task")
        if result.exit_code != 0:
            raise AirflowException(
                f"Bash command failed. The command returned a non-zero exit code {result.exit_code}."
            )
        return self.output_processor(result.output)

    def _run_script(self, bash: str, env: dict[str, str]) -> SubprocessResult:
        try:
            return self._run_rendered_script_file(bash, env)
        except PermissionError:
            warnings.warn(
                f"no script can be written to {self.cwd or tempfile.gettempdir()}, so its text runs as a command",
                RemovedInAirflow3Warning,
                stacklevel=2,
            )
            return self._run_inline_command(bash, env)

    def _run_inline_command(self, bash_path: str, env: dict[str, str]) -> SubprocessResult:
        return self.subprocess_hook.run_command(
            command=[bash_path, "-c", self.bash_command],
            env=env,
            output_encoding=self.output_encoding,
            cwd=self.cwd,
        )

    def _run_rendered_script_file(self, bash_path: str, env: dict[str, str]) -> SubprocessResult:
        """Through a file, since a script may be longer than a command line."""
        with working_directory(self.cwd) as folder:
            with tempfile.NamedTemporaryFile(mode="w", dir=folder, suffix=".sh") as file:
                file.write(self.bash_command)
                file.flush()
                return self.subprocess_hook.run_command(
                    command=[bash_path, os.path.basename(file.name)],
                    env=env,
                    output_encoding=self.output_encoding,
                    cwd=folder,
                )

    @classmethod
    def _is_inline_command(cls, bash_command: Any) -> bool:
        return not bash_command.endswith(tuple(cls.template_ext))

    def on_kill(self) -> None:
        self.subprocess_hook.send_sigterm()

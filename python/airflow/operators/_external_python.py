"""Runs a function in a Python environment that exists."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

from airflow.operators._isolated import _BasePythonVirtualenvOperator
from airflow.operators.branch import BranchMixIn
from airflow.operators.python import PythonOperator


class ExternalPythonOperator(_BasePythonVirtualenvOperator):
    """Runs a function with the Python of another environment, such as one with other libraries.

    The function is made with def, imports what it needs inside, and refers to nothing outside it.

    :param python: the path of the interpreter, absolute. (templated)
    :param python_callable: the function
    :param string_args: strings that the function finds in the global ``virtualenv_string_args``
    :param serializer: what writes arguments and result: pickle, cloudpickle or dill
    :param skip_on_exit_code: exit codes with which the task is skipped
    """

    template_fields: Sequence[str] = ("python", *PythonOperator.template_fields)

    def __init__(
        self, *, python: str, python_callable: Callable[..., Any], expect_pendulum: bool = False, **kwargs: Any
    ) -> None:
        if not python:
            raise ValueError("Python Path must be defined in ExternalPythonOperator")
        self.python = python
        self.expect_pendulum = expect_pendulum
        super().__init__(python_callable=python_callable, **kwargs)

    def execute_callable(self) -> Any:
        path = Path(self.python)
        if not path.is_absolute():
            raise ValueError(f"Python Path '{path}' must be an absolute path.")
        if not path.is_file() or not os.access(path, os.X_OK):
            raise ValueError(f"Python Path '{path}' must be a program that exists")
        return self._execute_python_callable_in_subprocess(path)

    def _iter_serializable_context_keys(self) -> Iterator[str]:
        yield from self.BASE_SERIALIZABLE_CONTEXT_KEYS
        # Objects of the bundled API mean nothing to another interpreter.
        if self._has("pendulum"):
            yield from self.PENDULUM_SERIALIZABLE_CONTEXT_KEYS
        elif self.expect_pendulum:
            self.log.warning("%s has no pendulum: the task gets no dates of the context", self.python)

    def _has(self, module: str) -> bool:
        command = [self.python, "-c", f"import {module}"]
        try:
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            return False


class BranchExternalPythonOperator(ExternalPythonOperator, BranchMixIn):
    """Follows the tasks, or task groups, whose ids the function returns; skips what else is right downstream."""

    def execute(self, context: Any) -> Any:
        return self.do_branch(context, super().execute(context))

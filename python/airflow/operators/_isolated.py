"""Runs a function in another Python interpreter, with its arguments and result in files."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import tempfile
import textwrap
import types
import warnings
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Callable

from airflow.exceptions import AirflowException, AirflowSkipException, RemovedInAirflow3Warning
from airflow.operators.python import PythonOperator
from airflow.utils.context import context_copy_partial
from airflow.utils.operator_helpers import KeywordParameters
from airflow.utils.process_utils import execute_in_subprocess

_SERIALIZERS = ("pickle", "cloudpickle", "dill")

_PLAIN_KEYS = frozenset(
    "ds ds_nodash expanded_ti_count inlets map_index_template next_ds next_ds_nodash outlets prev_ds prev_ds_nodash "
    "run_id task_instance_key_str test_mode tomorrow_ds tomorrow_ds_nodash ts ts_nodash ts_nodash_with_tz "
    "yesterday_ds yesterday_ds_nodash".split()
)
_PENDULUM_KEYS = frozenset(
    "data_interval_end data_interval_start execution_date logical_date next_execution_date "
    "prev_data_interval_end_success prev_data_interval_start_success prev_execution_date prev_execution_date_success "
    "prev_start_date_success prev_end_date_success".split()
)
_AIRFLOW_KEYS = frozenset("macros conf dag dag_run task params triggering_dataset_events".split())

#: What the other interpreter runs. Its arguments: files for arguments, result, strings and the error.
_SCRIPT = """\
from __future__ import annotations

import {serializer}
import sys
import types

with open(sys.argv[3]) as stream:
    virtualenv_string_args = [line.strip() for line in stream]

{source}

# Arguments and results may be of classes of the DAG file, which is not imported here.
_dag_file = types.ModuleType({module!r})
setattr(_dag_file, {name!r}, {name})
sys.modules[{module!r}] = _dag_file

with open(sys.argv[1], "rb") as stream:
    _arguments = {serializer}.load(stream)
try:
    _result = {name}(*_arguments["args"], **_arguments["kwargs"])
except Exception as error:
    with open(sys.argv[4], "w") as stream:
        stream.write(str(error))
    raise
with open(sys.argv[2], "wb") as stream:
    if _result is not None:
        {serializer}.dump(_result, stream)
"""


class _BasePythonVirtualenvOperator(PythonOperator):
    """A function with no references to anything outside it, run by another interpreter."""

    BASE_SERIALIZABLE_CONTEXT_KEYS = _PLAIN_KEYS
    PENDULUM_SERIALIZABLE_CONTEXT_KEYS = _PENDULUM_KEYS
    AIRFLOW_SERIALIZABLE_CONTEXT_KEYS = _AIRFLOW_KEYS

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        serializer: str | None = None,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        string_args: Iterable[str] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: list[str] | None = None,
        expect_airflow: bool = True,
        skip_on_exit_code: int | Container[int] | None = None,
        env_vars: dict[str, str] | None = None,
        inherit_env: bool = True,
        use_dill: bool = False,
        **kwargs: Any,
    ) -> None:
        if not isinstance(python_callable, types.FunctionType) or python_callable.__name__ == "<lambda>":
            raise ValueError(f"{type(self).__name__} only supports functions made with def for python_callable")
        if inspect.isgeneratorfunction(python_callable):
            raise ValueError(f"{type(self).__name__} does not support using 'yield' in python_callable")
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            templates_dict=templates_dict,
            templates_exts=templates_exts,
            **kwargs,
        )
        self.string_args = string_args or []
        self.serializer = _serializer(serializer, use_dill)
        self.expect_airflow = expect_airflow
        if skip_on_exit_code is None:
            skip_on_exit_code = []
        self.skip_on_exit_code = skip_on_exit_code if isinstance(skip_on_exit_code, Container) else [skip_on_exit_code]
        self.env_vars = env_vars
        self.inherit_env = inherit_env

    @property
    def pickling_library(self) -> Any:
        """The module that writes arguments and reads results."""
        return importlib.import_module(self.serializer)

    def _iter_serializable_context_keys(self) -> Iterator[str]:
        raise NotImplementedError

    def execute(self, context: Any) -> Any:
        keys = set(self._iter_serializable_context_keys())
        parameters = inspect.signature(self.python_callable).parameters
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
            keys &= parameters.keys()
        return super().execute(context_copy_partial(context, keys))

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        return KeywordParameters.determine(self.python_callable, self.op_args, context).serializing()

    def get_python_source(self) -> str:
        """The text of the function."""
        return textwrap.dedent(inspect.getsource(self.python_callable))

    def _execute_python_callable_in_subprocess(self, python_path: Path) -> Any:
        with tempfile.TemporaryDirectory(prefix="venv-call") as folder:
            files = [os.path.join(folder, name) for name in ("script.in", "script.out", "string_args", "error")]
            arguments, result, strings, error = (Path(name) for name in files)
            self.log.info("Use %r as serializer.", self.serializer)
            content = {"args": self.op_args, "kwargs": {**self.op_kwargs, **self._templates()}}
            arguments.write_bytes(self.pickling_library.dumps(content))
            strings.write_text("\n".join(map(str, self.string_args)))
            script = Path(folder) / "script.py"
            script.write_text(self._script())
            try:
                execute_in_subprocess([str(python_path), str(script), *files], env=self._environment())
            except subprocess.CalledProcessError as failed:
                if failed.returncode in self.skip_on_exit_code:
                    raise AirflowSkipException(f"Process exited with code {failed.returncode}. Skipping.") from None
                if error.exists() and (text := error.read_text()):
                    raise AirflowException(
                        f"Process returned non-zero exit status {failed.returncode}.\n{text}"
                    ) from None
                raise
            if 0 in self.skip_on_exit_code:
                raise AirflowSkipException("Process exited with code 0. Skipping.")
            stored = result.read_bytes()
            return self.pickling_library.loads(stored) if stored else None

    def _templates(self) -> dict[str, Any]:
        return {"templates_dict": self.templates_dict} if self.templates_dict else {}

    def _script(self) -> str:
        return _SCRIPT.format(
            serializer=self.serializer,
            source=self.get_python_source(),
            module=self.python_callable.__module__,
            name=self.python_callable.__name__,
        )

    def _environment(self) -> dict[str, str]:
        return {**(os.environ if self.inherit_env else {}), **(self.env_vars or {})}


def _serializer(name: str | None, use_dill: bool) -> str:
    if use_dill:
        warnings.warn("use_dill is deprecated; use serializer='dill'", RemovedInAirflow3Warning, stacklevel=4)
        if name:
            raise AirflowException("use_dill and serializer are both set; set serializer only")
        name = "dill"
    name = name or "pickle"
    if name not in _SERIALIZERS:
        raise AirflowException(f"serializer has to be one of {', '.join(_SERIALIZERS)}, not {name!r}")
    return name

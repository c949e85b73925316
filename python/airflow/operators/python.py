"""Runs Python functions."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Callable

from airflow.exceptions import AirflowException, RemovedInAirflow3Warning
from airflow.models.baseoperator import BaseOperator
from airflow.models.skipmixin import SkipMixin
from airflow.operators.branch import BranchMixIn
from airflow.utils.context import context_get_outlet_events, context_merge
from airflow.utils.operator_helpers import ExecutionCallableRunner, KeywordParameters


def is_venv_installed() -> bool:
    """Whether virtualenv can be used, as a program or as a module."""
    return bool(shutil.which("virtualenv") or importlib.util.find_spec("virtualenv"))


def task(python_callable: Callable[..., Any] | None = None, multiple_outputs: bool | None = None, **kwargs: Any) -> Any:
    """Deprecated: `airflow.decorators.task`."""
    from airflow.decorators.python import python_task

    warnings.warn(
        "airflow.operators.python.task is deprecated; use `from airflow.decorators import task`",
        RemovedInAirflow3Warning,
        stacklevel=2,
    )
    return python_task(python_callable=python_callable, multiple_outputs=multiple_outputs, **kwargs)


class PythonOperator(BaseOperator):
    """Calls a function, whose result is the task's XCom.

    The function gets those values of the context that its parameters name, or all of them with ``**kwargs``.

    :param python_callable: the function
    :param op_args: positional arguments. (templated)
    :param op_kwargs: keyword arguments. (templated)
    :param templates_dict: more values to render, passed as `templates_dict`. (templated)
    :param templates_exts: endings of template files, such as ``[".sql"]``
    :param show_return_value_in_logs: False for results that do not belong into a log
    """

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers = {"templates_dict": "json", "op_args": "py", "op_kwargs": "py"}
    BLUE = "#ffefeb"
    ui_color = BLUE

    # Some callables and arguments cannot be copied deeply.
    shallow_copy_attrs: Sequence[str] = ("python_callable", "op_kwargs")

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        templates_dict: dict[str, Any] | None = None,
        templates_exts: Sequence[str] | None = None,
        show_return_value_in_logs: bool = True,
        **kwargs: Any,
    ) -> None:
        if kwargs.get("provide_context"):
            warnings.warn("provide_context is not needed any more", RemovedInAirflow3Warning, stacklevel=2)
            kwargs.pop("provide_context")
        super().__init__(**kwargs)
        if not callable(python_callable):
            raise AirflowException(f"python_callable has to be callable, not a {type(python_callable).__name__}")
        self.python_callable = python_callable
        self.op_args = op_args or ()
        self.op_kwargs = op_kwargs or {}
        self.templates_dict = templates_dict
        if templates_exts:
            self.template_ext = templates_exts
        self.show_return_value_in_logs = show_return_value_in_logs

    def execute(self, context: Any) -> Any:
        context_merge(context, self.op_kwargs, templates_dict=self.templates_dict)
        self.op_kwargs = self.determine_kwargs(context)
        self._dataset_events = context_get_outlet_events(context)
        returned = self.execute_callable()
        if self.show_return_value_in_logs:
            self.log.info("Done. Returned value was: %s", returned)
        else:
            self.log.info("Done. Returned value not shown")
        return returned

    def determine_kwargs(self, context: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of the context, which holds `op_kwargs` too, the function gets."""
        return KeywordParameters.determine(self.python_callable, self.op_args, context).unpacking()

    def execute_callable(self) -> Any:
        """Calls the function."""
        runner = ExecutionCallableRunner(self.python_callable, self._dataset_events, logger=self.log)
        return runner.run(*self.op_args, **self.op_kwargs)


class BranchPythonOperator(PythonOperator, BranchMixIn):
    """Follows the tasks, or task groups, whose ids the function returns; skips what else is right downstream."""

    def execute(self, context: Any) -> Any:
        return self.do_branch(context, super().execute(context))


class ShortCircuitOperator(PythonOperator, SkipMixin):
    """Skips what is downstream if the function returns something falsy.

    :param ignore_downstream_trigger_rules: True skips everything downstream. False skips only the tasks right
        downstream and leaves the rest to their trigger rules.
    """

    def __init__(self, *, ignore_downstream_trigger_rules: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ignore_downstream_trigger_rules = ignore_downstream_trigger_rules

    def execute(self, context: Any) -> Any:
        condition = super().execute(context)
        self.log.info("Condition result is %s", condition)
        if condition:
            self.log.info("Proceeding with downstream tasks...")
            return condition
        if not self.downstream_task_ids:
            self.log.info("No downstream tasks; nothing to do.")
            return condition
        dag_run = context["dag_run"]
        self.log.info("Skipping downstream tasks")
        self.skip(
            dag_run=dag_run,
            execution_date=dag_run.execution_date,
            tasks=self._tasks_to_skip(context["task"]),
            map_index=context["ti"].map_index,
        )
        self.log.info("Done.")
        return condition

    def _tasks_to_skip(self, task: Any) -> Iterator[Any]:
        # A teardown cleans up whatever happened.
        find = task.get_flat_relatives if self.ignore_downstream_trigger_rules is True else task.get_direct_relatives
        return (found for found in find(upstream=False) if not found.is_teardown)


_ELSEWHERE = {
    "_BasePythonVirtualenvOperator": "_isolated",
    "PythonVirtualenvOperator": "_python_virtualenv",
    "BranchPythonVirtualenvOperator": "_python_virtualenv",
    "ExternalPythonOperator": "_external_python",
    "BranchExternalPythonOperator": "_external_python",
}


def __getattr__(name: str) -> Any:
    """Operators that run in other interpreters, which few DAG files use."""
    if name not in _ELSEWHERE:
        from airflow import _absent

        return _absent.getattr_of(__name__)(name)
    found = getattr(importlib.import_module(f"airflow.operators.{_ELSEWHERE[name]}"), name)
    found.__module__ = __name__
    globals()[name] = found
    return found


def get_current_context() -> Any:
    """The context of the running task, for code that did not get it as an argument."""
    from airflow.models.taskinstance import _CURRENT_CONTEXT

    if not _CURRENT_CONTEXT:
        raise AirflowException(
            "there is no current context: get_current_context works while a task is executed, not when its DAG "
            "file is read"
        )
    return _CURRENT_CONTEXT[-1]

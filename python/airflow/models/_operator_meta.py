"""Fills in the arguments of operators: from `default_args` of the DAG, the group and the task itself."""

from __future__ import annotations

import abc
import functools

from airflow.exceptions import AirflowException
from airflow.models._dag_context import DagContext
from airflow.models._operator_defaults import MergedDefaults, get_merged_defaults
from airflow.utils.task_group import TaskGroupContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class BaseOperatorMeta(abc.ABCMeta):
    """Wraps `__init__` and `execute` of each operator class."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> Any:
        execute = namespace.get("execute")
        if callable(execute) and not getattr(execute, "__isabstractmethod__", False):
            namespace["execute"] = ExecutorSafeguard.decorator(execute)
        new = super().__new__(cls, name, bases, namespace, **kwargs)
        init = namespace.get("__init__")
        if init is not None and not hasattr(init, "_BaseOperatorMeta__param_names"):
            new.__init__ = _apply_defaults(init)  # type: ignore[misc]
        return new


def _parameters(function: Callable[..., Any]) -> tuple[list[str], set[str]]:
    """The names of the parameters after self, and of those that have no default."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return _inspected_parameters(function)
    positional = code.co_varnames[1 : code.co_argcount]
    keyword_only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    required = {*positional[: len(positional) - len(defaults)], *keyword_only} - set(function.__kwdefaults__ or ())
    return [*positional, *keyword_only], required


def _inspected_parameters(function: Callable[..., Any]) -> tuple[list[str], set[str]]:
    import inspect

    found = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self" and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    required = {parameter.name for parameter in found if parameter.default is parameter.empty}
    return [parameter.name for parameter in found], required


def _apply_defaults(init: Callable[..., Any]) -> Callable[..., Any]:
    names, required = _parameters(init)
    required.discard("task_id")

    @functools.wraps(init)
    def apply_defaults(self: Any, *args: Any, **kwargs: Any) -> None:
        if args:
            raise AirflowException(f"arguments of {type(self).__name__} have to be named, such as task_id=…")
        state = self.__dict__
        from_mapped = kwargs.pop("_airflow_from_mapped", state.get("_BaseOperator__from_mapped", False))
        default_args = kwargs.pop("default_args", None)
        params = kwargs.pop("params", None)
        if type(default_args) is not MergedDefaults:
            default_args, params = _merged(kwargs, params, default_args)
        for name in names:
            if name not in kwargs and name in default_args:
                kwargs[name] = default_args[name]
        missing = required.difference(kwargs)
        if missing:
            raise _missing(self, missing)
        if params:
            kwargs["params"] = params
        hook = getattr(self, "_hook_apply_defaults", None)
        if hook:
            _, kwargs = hook(**kwargs, default_args=default_args)
            default_args = kwargs.pop("default_args", {})
        state["_BaseOperator__from_mapped"] = from_mapped
        init(self, **kwargs, default_args=default_args)
        if not from_mapped and type(self).__init__ is apply_defaults:
            # The outermost constructor is done.
            self.set_xcomargs_dependencies()
            state["_BaseOperator__instantiated"] = True

    apply_defaults._BaseOperatorMeta__non_optional_args = required  # type: ignore[attr-defined]
    apply_defaults._BaseOperatorMeta__param_names = set(names)  # type: ignore[attr-defined]
    return apply_defaults


def _merged(kwargs: dict[str, Any], params: Any, default_args: Any) -> Any:
    dag = kwargs.get("dag") or DagContext.get_current_dag()
    group = kwargs.get("task_group")
    if dag and not group:
        group = TaskGroupContext.get_current_task_group(dag)
    return get_merged_defaults(dag, group, params, default_args)


def _missing(operator: Any, names: set[str]) -> AirflowException:
    listed = ", ".join(repr(name) for name in sorted(names))
    plural = "s" if len(names) > 1 else ""
    return AirflowException(f"{type(operator).__name__}: missing keyword argument{plural} {listed}")


class ExecutorSafeguard:
    """Notices when a task calls `execute` of another operator, which gives that one no try of its own."""

    test_mode = False

    @staticmethod
    def decorator(execute: Callable[..., Any]) -> Callable[..., Any]:
        takes_context = _takes_context(execute)

        @functools.wraps(execute)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            _check_caller(self, kwargs)
            if args and not takes_context:
                raise TypeError(f"{execute.__qualname__} has to take the context: write `def execute(self, context):`")
            return execute(self, *args, **kwargs)

        return wrapper


def _takes_context(execute: Callable[..., Any]) -> bool:
    code = getattr(execute, "__code__", None)
    # Unknown is yes. 4 is the flag of a function with *args.
    return code is None or code.co_argcount > 1 or bool(code.co_flags & 4)


# Operators whose `execute` runs now: an `execute` that calls the one of its base class is no nested call.
_running: set[int] = set()


def _check_caller(operator: Any, kwargs: dict[str, Any]) -> None:
    from airflow.models.base import _sentinel

    given = kwargs.pop(f"{type(operator).__name__}__sentinel", None)
    if given is _sentinel:
        _running.add(id(operator))
        return
    if ExecutorSafeguard.test_mode or id(operator) in _running:
        return
    from airflow.decorators.base import DecoratedOperator

    if isinstance(operator, DecoratedOperator):
        return
    message = f"{type(operator).__name__}.execute was called by other code than the runner of tasks"
    if not operator.allow_nested_operators:
        raise AirflowException(message)
    operator.log.warning(message)

"""How a function becomes a task."""

from __future__ import annotations

import re
import warnings

from airflow.models._dag_context import DagContext
from airflow.models.baseoperator import BaseOperator, get_merged_defaults
from airflow.models.expandinput import (
    EXPAND_INPUT_EMPTY,
    DictOfListsExpandInput,
    ListOfDictsExpandInput,
    is_mappable,
)
from airflow.models.mappedoperator import MappedOperator, ensure_xcomarg_return_value
from airflow.models.xcom_arg import XComArg
from airflow.utils.context import KNOWN_CONTEXT_KEYS
from airflow.utils.helpers import prevent_duplicates
from airflow.utils.task_group import TaskGroupContext
from airflow.utils.trigger_rule import TriggerRule
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any, ClassVar

_SUFFIX = re.compile(r"__(\d+)$")


class ExpandableFactory:
    """A decorated function that can be mapped."""

    function: Callable[..., Any]

    @property
    def function_signature(self) -> inspect.Signature:
        import inspect

        return inspect.signature(self.function)

    def _validate_arg_names(self, func: str, kwargs: dict[str, Any]) -> None:
        """Refuses arguments that the function has not, and for `expand` values that cannot be mapped over."""
        parameters = self.function_signature.parameters.values()
        if any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters):
            return
        unknown = dict(kwargs)
        for parameter in parameters:
            value = unknown.pop(parameter.name, NOTSET)
            if func == "expand" and value is not NOTSET and not is_mappable(value):
                raise ValueError(
                    f"expand() got an unexpected type {type(value).__name__!r} for keyword argument "
                    f"{parameter.name!r}: it takes a list, a dict or the result of a task; partial() takes other values"
                )
        if unknown:
            names = ", ".join(repr(name) for name in unknown)
            one = len(unknown) == 1
            what = "an unexpected keyword argument" if one else "unexpected keyword arguments"
            raise TypeError(f"{func}() got {what} {names}")


def get_unique_task_id(task_id: str, dag: Any = None, task_group: Any = None) -> str:
    """The id, with a number behind it where the DAG has a task of that id."""
    dag = dag or DagContext.get_current_dag()
    if not dag:
        return task_id
    group = task_group or TaskGroupContext.get_current_task_group(dag)
    full_id = group.child_id(task_id) if group else task_id
    if full_id not in dag.task_dict:
        return task_id
    prefix = _SUFFIX.sub("", full_id)
    numbers = [0]
    for used in dag.task_dict:
        match = _SUFFIX.search(used)
        if match and used[: match.start()] == prefix:
            numbers.append(int(match[1]))
    return f"{_SUFFIX.sub('', task_id)}__{max(numbers) + 1}"


class DecoratedOperator(BaseOperator):
    """The base of operators that run a decorated function."""

    template_fields: Sequence[str] = ("op_args", "op_kwargs")
    template_fields_renderers: ClassVar[dict[str, str]] = {"op_args": "py", "op_kwargs": "py"}
    # Some functions cannot be copied.
    shallow_copy_attrs: Sequence[str] = ("python_callable",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        task_id: str,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        kwargs_to_upstream: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        task_id = get_unique_task_id(task_id, kwargs.get("dag"), kwargs.get("task_group"))
        self.python_callable = python_callable
        op_args = op_args or []
        op_kwargs = op_kwargs or {}
        _check_arguments(python_callable, op_args, op_kwargs, kwargs.get("_airflow_mapped_validation_only", False))
        self.op_args = op_args
        self.op_kwargs = op_kwargs
        super().__init__(task_id=task_id, **(kwargs_to_upstream or {}), **kwargs)

    def execute(self, context: Any) -> Any:
        from airflow.datasets import Dataset

        for arg in (*self.op_args, *self.op_kwargs.values()):
            if isinstance(arg, Dataset):
                self.inlets.append(arg)
        result = super().execute(context)
        return self._handle_output(return_value=result, context=context, xcom_push=self.xcom_push)

    def _handle_output(self, return_value: Any, context: Any, xcom_push: Callable[..., None]) -> Any:
        """Datasets that the function returns become outlets."""
        from airflow.datasets import Dataset

        for item in return_value if isinstance(return_value, list) else [return_value]:
            if isinstance(item, Dataset):
                self.outlets.append(item)
        return return_value

    def _hook_apply_defaults(self, *args: Any, **kwargs: Any) -> Any:
        """Default arguments of the DAG count for parameters of the function, too."""
        function = kwargs.get("python_callable")
        default_args = kwargs.get("default_args") or {}
        if function is None or not default_args:
            return args, kwargs
        import inspect

        op_kwargs = kwargs.get("op_kwargs") or {}
        for name in inspect.signature(function).parameters:
            if name not in op_kwargs and name in default_args:
                op_kwargs[name] = default_args[name]
        kwargs["op_kwargs"] = op_kwargs
        return args, kwargs

    def get_python_source(self) -> str:
        """The function's source, without the decorator."""
        import inspect
        import textwrap

        from airflow.utils.decorators import remove_task_decorator

        source = textwrap.dedent(inspect.getsource(self.python_callable))
        return remove_task_decorator(source, self.custom_operator_name)  # type: ignore[attr-defined]


def _check_arguments(function: Any, op_args: Any, op_kwargs: Any, is_partial: bool) -> None:
    """Binds the arguments, so that a wrong one is an error of the DAG file. The context brings its own."""
    import inspect

    signature = inspect.signature(function)
    parameters = []
    for parameter in signature.parameters.values():
        if parameter.name in KNOWN_CONTEXT_KEYS:
            if parameter.default not in (None, parameter.empty):
                raise ValueError(
                    f"Context key parameter {parameter.name} can't have a default other than None: "
                    f"the parameter of {function.__name__} gets the value of the context"
                )
            parameter = parameter.replace(default=None)
        parameters.append(parameter)
    try:
        signature = signature.replace(parameters=parameters)
    except ValueError as error:
        raise ValueError(
            f"The function signature broke while assigning defaults to context key parameters: in {function.__name__}, "
            f"put the parameters that the context fills behind the others ({error})"
        ) from error
    bind = signature.bind_partial if is_partial else signature.bind
    try:
        bind(*op_args, **op_kwargs)
    except TypeError as error:
        raise TypeError(f"{function.__name__}(): {error}") from None


class _TaskDecorator(ExpandableFactory):
    """A decorated function. Calling it makes a task and returns its result."""

    _airflow_is_task_decorator: ClassVar[bool] = True

    def __init__(
        self,
        *,
        function: Callable[..., Any],
        operator_class: type[Any],
        multiple_outputs: bool | None = None,
        kwargs: dict[str, Any] | None = None,
        decorator_name: str = "task",
    ) -> None:
        if not callable(function):
            raise TypeError(f"@{decorator_name} decorates a function, not {function!r}")
        self.function = function
        self.operator_class = operator_class
        self.kwargs = {} if kwargs is None else kwargs
        self.decorator_name = decorator_name
        self.is_setup = False
        self.is_teardown = False
        self.on_failure_fail_dagrun = False
        code = getattr(function, "__code__", None)
        if code is not None and "self" in code.co_varnames[: code.co_argcount]:
            raise TypeError(f"@{decorator_name} does not support methods; decorate a function that calls the method")
        self.multiple_outputs = _returns_mapping(function) if multiple_outputs is None else multiple_outputs
        self.kwargs.setdefault("task_id", function.__name__)
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def __repr__(self) -> str:
        return f"<@{self.decorator_name} {self.function.__name__}>"

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.function

    def __call__(self, *args: Any, **kwargs: Any) -> XComArg:
        """Makes a task. The arguments may be results of other tasks."""
        self._set_teardown_rule()
        on_failure_fail_dagrun = self.kwargs.pop("on_failure_fail_dagrun", self.on_failure_fail_dagrun)
        operator = self.operator_class(
            python_callable=self.function,
            op_args=args,
            op_kwargs=kwargs,
            multiple_outputs=self.multiple_outputs,
            **self.kwargs,
        )
        operator.is_setup = self.is_setup
        operator.is_teardown = self.is_teardown
        operator.on_failure_fail_dagrun = on_failure_fail_dagrun
        documented = (operator.doc, operator.doc_json, operator.doc_md, operator.doc_rst, operator.doc_yaml)
        if self.function.__doc__ and not any(documented):
            operator.doc_md = self.function.__doc__
        return XComArg(operator)

    def _set_teardown_rule(self) -> None:
        if self.is_teardown:
            if "trigger_rule" in self.kwargs:
                raise ValueError("Trigger rule not configurable for teardown tasks.")
            self.kwargs.update(trigger_rule=TriggerRule.ALL_DONE_SETUP_SUCCESS)

    def _validate_arg_names(self, func: str, kwargs: dict[str, Any]) -> None:
        of_context = ", ".join(repr(name) for name in kwargs if name in KNOWN_CONTEXT_KEYS)
        if of_context:
            plural = "s" if "," in of_context else ""
            raise ValueError(f"cannot call {func}() on task context variable{plural} {of_context}")
        super()._validate_arg_names(func, kwargs)

    def expand(self, **map_kwargs: Any) -> XComArg:
        """One instance for each combination of the items of these lists, dicts or results."""
        is_always = self.kwargs.get("trigger_rule") == TriggerRule.ALWAYS
        if is_always and any(isinstance(value, XComArg) for value in map_kwargs.values()):
            raise _always("expand")
        if not map_kwargs:
            raise TypeError("no arguments to expand against")
        self._validate_arg_names("expand", map_kwargs)
        prevent_duplicates(self.kwargs, map_kwargs, fail_reason="mapping already partial")
        self._set_teardown_rule()
        # A name that is in both is refused above.
        return self._expand(DictOfListsExpandInput(map_kwargs), strict=False)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> XComArg:
        """One instance for each dict of arguments, in a list or a result."""
        from airflow.models._partial import check_expand_kwargs

        check_expand_kwargs(kwargs)
        is_always = self.kwargs.get("trigger_rule") == TriggerRule.ALWAYS
        if is_always and not isinstance(kwargs, XComArg):
            plain = [item for item in kwargs if not isinstance(item, XComArg)]
            if any(isinstance(value, XComArg) for item in plain for value in item.values()):
                raise _always("expand_kwargs")
        return self._expand(ListOfDictsExpandInput(kwargs), strict=strict)

    def _expand(self, expand_input: Any, *, strict: bool) -> XComArg:
        from airflow.models._partial import describe, normalize

        ensure_xcomarg_return_value(expand_input.value)
        kwargs = dict(self.kwargs)
        dag = kwargs.pop("dag", None) or DagContext.get_current_dag()
        group = kwargs.pop("task_group", None) or TaskGroupContext.get_current_task_group(dag)
        own_params, own_defaults = kwargs.pop("params", None), kwargs.pop("default_args", None)
        default_args, params = get_merged_defaults(dag, group, own_params, own_defaults)
        arguments: dict[str, Any] = {
            **default_args,
            **kwargs,
            "is_setup": self.is_setup,
            "is_teardown": self.is_teardown,
            "on_failure_fail_dagrun": self.on_failure_fail_dagrun,
        }
        task_id = get_unique_task_id(arguments.pop("task_id"), dag, group)
        if group:
            task_id = group.child_id(task_id)
        if "task_concurrency" in arguments:
            raise TypeError("unexpected argument: task_concurrency; use max_active_tis_per_dag")
        normalize(arguments, task_id, dag)
        start_date, end_date = arguments.pop("start_date"), arguments.pop("end_date")
        arguments.setdefault("executor_config", {})
        arguments.setdefault("op_args", [])
        arguments.setdefault("op_kwargs", {})
        operator = DecoratedMappedOperator(
            **describe(self.operator_class),
            task_id=task_id,
            dag=dag,
            task_group=group,
            start_date=start_date,
            end_date=end_date,
            params=params,
            partial_kwargs=arguments,
            expand_input=EXPAND_INPUT_EMPTY,
            op_kwargs_expand_input=expand_input,
            multiple_outputs=self.multiple_outputs,
            python_callable=self.function,
            disallow_kwargs_override=strict,
            # Only the arguments of the function are mapped.
            expand_input_attr="op_kwargs_expand_input",
        )
        return XComArg(operator=operator)

    def partial(self, **kwargs: Any) -> _TaskDecorator:
        """Arguments that all instances of the mapped task share."""
        self._validate_arg_names("partial", kwargs)
        old = self.kwargs.get("op_kwargs", {})
        prevent_duplicates(old, kwargs, fail_reason="duplicate partial")
        return self._evolve({**self.kwargs, "op_kwargs": {**kwargs, **old}})

    def override(self, **kwargs: Any) -> _TaskDecorator:
        """The same function with other arguments of the task, such as task_id or retries."""
        new = self._evolve({**self.kwargs, **kwargs})
        new.is_setup = self.is_setup
        new.is_teardown = self.is_teardown
        new.on_failure_fail_dagrun = self.on_failure_fail_dagrun
        return new

    def _evolve(self, kwargs: dict[str, Any]) -> _TaskDecorator:
        return type(self)(
            function=self.function,
            operator_class=self.operator_class,
            multiple_outputs=self.multiple_outputs,
            kwargs=kwargs,
            decorator_name=self.decorator_name,
        )


def _always(method: str) -> ValueError:
    return ValueError(
        f"Task-generated mapping within a task using '{method}' is not allowed with trigger rule 'always'."
    )


def _returns_mapping(function: Callable[..., Any]) -> bool:
    """Whether the annotation of the result is a dict, so that its entries become XComs."""
    annotations = getattr(function, "__annotations__", {})
    if "return" not in annotations:
        return False
    annotation = annotations["return"]
    if isinstance(annotation, str) and annotation.isidentifier() and annotation in _PLAIN:
        return False
    from collections.abc import Mapping
    from typing import get_type_hints

    def probe() -> None: ...

    probe.__annotations__ = {"return": annotation}
    try:
        kind = get_type_hints(probe, function.__globals__).get("return")
    except NameError as error:
        warnings.warn(
            f"Cannot infer multiple_outputs for TaskFlow function {function.__name__!r}: {error}; "
            "import the type, or pass multiple_outputs to the decorator",
            stacklevel=4,
        )
        return False
    except TypeError:
        # For example `int | None` before Python 3.10.
        return False
    kind = getattr(kind, "__origin__", kind)
    return isinstance(kind, type) and issubclass(kind, Mapping)


_PLAIN = frozenset({"None", "str", "int", "float", "bool", "bytes", "list", "tuple", "set"})


class DecoratedMappedOperator(MappedOperator):
    """A mapped task of a decorated function."""

    multiple_outputs: bool
    python_callable: Callable[..., Any]
    op_kwargs_expand_input: Any

    def _expand_mapped_kwargs(self, context: Any, session: Any = None, *, include_xcom: bool = True) -> Any:
        op_kwargs, resolved = super()._expand_mapped_kwargs(context, session, include_xcom=include_xcom)
        return {"op_kwargs": op_kwargs}, resolved

    def _get_unmap_kwargs(self, mapped_kwargs: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
        partial_op_kwargs = self.partial_kwargs["op_kwargs"]
        mapped_op_kwargs = mapped_kwargs["op_kwargs"]
        if strict:
            prevent_duplicates(partial_op_kwargs, mapped_op_kwargs, fail_reason="mapping already partial")
        kwargs = {
            "multiple_outputs": self.multiple_outputs,
            "python_callable": self.python_callable,
            "op_kwargs": {**partial_op_kwargs, **mapped_op_kwargs},
        }
        return super()._get_unmap_kwargs(kwargs, strict=False)


class Task:
    """What `@task` gives; a name for annotations."""


class TaskDecorator:
    """What `task` is; a name for annotations."""


def task_decorator_factory(
    python_callable: Callable[..., Any] | None = None,
    *,
    multiple_outputs: bool | None = None,
    decorated_operator_class: type[Any],
    **kwargs: Any,
) -> Any:
    """A decorator for functions that operators of this class run; with and without parentheses."""

    def decorate(function: Callable[..., Any]) -> _TaskDecorator:
        return _TaskDecorator(
            function=function,
            multiple_outputs=multiple_outputs,
            operator_class=decorated_operator_class,
            kwargs=dict(kwargs),
        )

    if python_callable is None:
        return decorate
    if not callable(python_callable):
        raise TypeError("No args allowed while using @task, use kwargs instead")
    return decorate(python_callable)

"""`Operator.partial(…)` and its `.expand(…)`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from airflow.models import _operator_defaults as defaults
from airflow.models._dag_context import DagContext
from airflow.models.expandinput import DictOfListsExpandInput, ListOfDictsExpandInput, is_mappable
from airflow.models.pool import Pool
from airflow.utils import timezone
from airflow.utils.helpers import is_container, prevent_duplicates
from airflow.utils.task_group import TaskGroupContext
from airflow.utils.types import NOTSET
from airflow.utils.xcom import XCOM_RETURN_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from airflow.models.mappedoperator import MappedOperator

#: What an argument is where neither the call nor the defaults of the DAG say it. The rest is None.
_PARTIAL_DEFAULTS: dict[str, Any] = {
    "map_index_template": None,
    "owner": defaults.DEFAULT_OWNER,
    "trigger_rule": defaults.DEFAULT_TRIGGER_RULE,
    "depends_on_past": False,
    "ignore_first_depends_on_past": defaults.DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST,
    "wait_for_past_depends_before_skipping": defaults.DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING,
    "wait_for_downstream": False,
    "retries": defaults.DEFAULT_RETRIES,
    "executor": defaults.DEFAULT_EXECUTOR,
    "queue": defaults.DEFAULT_QUEUE,
    "pool_slots": defaults.DEFAULT_POOL_SLOTS,
    "execution_timeout": defaults.DEFAULT_TASK_EXECUTION_TIMEOUT,
    "retry_delay": defaults.DEFAULT_RETRY_DELAY,
    "retry_exponential_backoff": False,
    "priority_weight": defaults.DEFAULT_PRIORITY_WEIGHT,
    "weight_rule": defaults.DEFAULT_WEIGHT_RULE,
    "inlets": [],
    "outlets": [],
    "allow_nested_operators": True,
}

#: The arguments that `partial` takes for every operator.
_ARGUMENTS = (
    "map_index_template",
    "start_date",
    "end_date",
    "owner",
    "email",
    "trigger_rule",
    "depends_on_past",
    "ignore_first_depends_on_past",
    "wait_for_past_depends_before_skipping",
    "wait_for_downstream",
    "retries",
    "queue",
    "pool",
    "pool_slots",
    "execution_timeout",
    "max_retry_delay",
    "retry_delay",
    "retry_exponential_backoff",
    "priority_weight",
    "weight_rule",
    "sla",
    "max_active_tis_per_dag",
    "max_active_tis_per_dagrun",
    "on_execute_callback",
    "on_failure_callback",
    "on_retry_callback",
    "on_success_callback",
    "on_skipped_callback",
    "run_as_user",
    "executor",
    "executor_config",
    "inlets",
    "outlets",
    "resources",
    "doc",
    "doc_json",
    "doc_md",
    "doc_rst",
    "doc_yaml",
    "task_display_name",
    "logger_name",
)


def partial(
    operator_class: type[Any],
    *,
    task_id: str,
    dag: Any = None,
    task_group: Any = None,
    params: Any = None,
    allow_nested_operators: bool = True,
    **kwargs: Any,
) -> OperatorPartial:
    """The arguments that all instances of a mapped task share."""
    common = {name: kwargs.pop(name, NOTSET) for name in _ARGUMENTS}
    validate_mapping_kwargs(operator_class, "partial", kwargs)
    dag = dag or DagContext.get_current_dag()
    if dag:
        task_group = task_group or TaskGroupContext.get_current_task_group(dag)
    if task_group:
        task_id = task_group.child_id(task_id)
    default_args, merged_params = defaults.get_merged_defaults(
        dag, task_group, params, kwargs.pop("default_args", None)
    )
    if "task_concurrency" in kwargs:
        raise TypeError("unexpected argument: task_concurrency; use max_active_tis_per_dag")
    arguments: dict[str, Any] = {**kwargs, "dag": dag, "task_group": task_group, "task_id": task_id, **common}
    arguments["allow_nested_operators"] = allow_nested_operators
    # A value of None is a value; only what was not passed has a default.
    arguments.update((name, value) for name, value in default_args.items() if arguments.get(name) is NOTSET)
    arguments = {name: _PARTIAL_DEFAULTS.get(name) if value is NOTSET else value for name, value in arguments.items()}
    normalize(arguments, task_id, dag)
    arguments["executor_config"] = arguments["executor_config"] or {}
    return OperatorPartial(operator_class=operator_class, kwargs=arguments, params=merged_params)


def normalize(arguments: dict[str, Any], task_id: str, dag: Any) -> None:
    """Reads the arguments as `BaseOperator` does."""
    if arguments.get("wait_for_downstream"):
        arguments["depends_on_past"] = True
    arguments["start_date"] = timezone.convert_to_utc(arguments.get("start_date"))
    arguments["end_date"] = timezone.convert_to_utc(arguments.get("end_date"))
    if arguments.get("pool") is None:
        arguments["pool"] = Pool.DEFAULT_POOL_NAME
    if arguments.get("pool_slots", 1) < 1:
        where = f" of the DAG {dag.dag_id!r}" if dag else ""
        raise ValueError(f"pool_slots of the task {task_id!r}{where} has to be 1 or more")
    arguments["retries"] = defaults.parse_retries(arguments.get("retries", defaults.DEFAULT_RETRIES))
    delay = arguments.get("retry_delay", defaults.DEFAULT_RETRY_DELAY)
    arguments["retry_delay"] = defaults.coerce_timedelta(delay, key="retry_delay")
    longest = arguments.get("max_retry_delay")
    if longest is not None:
        longest = defaults.coerce_timedelta(longest, key="max_retry_delay")
    arguments["max_retry_delay"] = longest
    arguments["resources"] = defaults.coerce_resources(arguments.get("resources"))


def validate_mapping_kwargs(op: type[Any], func: str, value: dict[str, Any]) -> None:
    """Refuses arguments that the operator has not, and for `expand` values that are no list, dict or result."""
    unknown = dict(value)
    for kind in op.__mro__:
        for name in getattr(kind.__dict__.get("__init__"), "_BaseOperatorMeta__param_names", ()):
            given = unknown.pop(name, NOTSET)
            if func == "expand" and given is not NOTSET and not is_mappable(given):
                raise ValueError(
                    f"{op.__name__}.expand({name}=…) takes a list, a dict or the result of a task, "
                    f"not {given!r} of type {type(given).__name__}; pass single values to partial()"
                )
    if unknown:
        what = "an unexpected keyword argument" if len(unknown) == 1 else "unexpected keyword arguments"
        raise TypeError(f"{op.__name__}.{func}() got {what} {', '.join(repr(name) for name in unknown)}")


def ensure_xcomarg_return_value(arg: Any) -> None:
    """Refuses XComs that are not results: nobody records how many items these have."""
    from airflow.models.xcom_arg import XComArg

    if isinstance(arg, XComArg):
        for operator, key in arg.iter_references():
            if key != XCOM_RETURN_KEY:
                raise ValueError(f"cannot map over XCom with custom key {key!r} from {operator}; return the value")
    elif is_container(arg):
        for item in arg.values() if isinstance(arg, Mapping) else arg if isinstance(arg, Iterable) else ():
            ensure_xcomarg_return_value(item)


class OperatorPartial:
    """A mapped task that does not know yet what it is mapped over."""

    def __init__(self, *, operator_class: type[Any], kwargs: dict[str, Any], params: Any) -> None:
        self._expand_called = False
        self.operator_class = operator_class
        self.kwargs = kwargs
        self.params = params
        if operator_class.__name__ == "SubDagOperator":
            raise TypeError("a SubDagOperator cannot be mapped; use a mapped task group")
        validate_mapping_kwargs(operator_class, "partial", kwargs)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.kwargs.items())
        return f"{self.operator_class.__name__}.partial({arguments})"

    def __del__(self) -> None:
        if not self.__dict__.get("_expand_called", True):
            from airflow._deprecation import warn

            task_id = self.__dict__.get("kwargs", {}).get("task_id")
            warn(f"Task {task_id!r} was never mapped!", UserWarning)

    def expand(self, **mapped_kwargs: Any) -> MappedOperator:
        """One instance for each combination of the items of these lists, dicts or results."""
        if not mapped_kwargs:
            raise TypeError("no arguments to expand against")
        validate_mapping_kwargs(self.operator_class, "expand", mapped_kwargs)
        prevent_duplicates(self.kwargs, mapped_kwargs, fail_reason="unmappable or already specified")
        # A value of partial wins over one of the same name, so a name in both is refused at once.
        return self._expand(DictOfListsExpandInput(mapped_kwargs), strict=False)

    def expand_kwargs(self, kwargs: Any, *, strict: bool = True) -> MappedOperator:
        """One instance for each dict of arguments, in a list or a result."""
        check_expand_kwargs(kwargs)
        return self._expand(ListOfDictsExpandInput(kwargs), strict=strict)

    def _expand(self, expand_input: Any, *, strict: bool) -> MappedOperator:
        from airflow.models.mappedoperator import MappedOperator

        self._expand_called = True
        ensure_xcomarg_return_value(expand_input.value)
        kwargs = dict(self.kwargs)
        place = {name: kwargs.pop(name) for name in ("task_id", "dag", "task_group", "start_date", "end_date")}
        return MappedOperator(
            **describe(self.operator_class),
            **place,
            expand_input=expand_input,
            partial_kwargs=kwargs,
            params=self.params,
            disallow_kwargs_override=strict,
            # For classic operators, this is the same as what the task is mapped over.
            expand_input_attr="expand_input",
        )


def check_expand_kwargs(kwargs: Any) -> None:
    """Refuses what is neither a result nor a list of dicts and results."""
    from airflow.models.xcom_arg import XComArg

    items = kwargs if isinstance(kwargs, Sequence) and not isinstance(kwargs, str) else None
    is_list = items is not None and all(isinstance(item, (XComArg, Mapping)) for item in items)
    if not is_list and not isinstance(kwargs, XComArg):
        raise TypeError(f"expected XComArg or list[dict], not {type(kwargs).__name__}")


def describe(operator_class: type[Any]) -> dict[str, Any]:
    """What a mapped task knows of the class of its operator."""
    from airflow.models.mappedoperator import MappedOperator

    return {
        "operator_class": operator_class,
        "deps": MappedOperator.deps_for(operator_class),
        "operator_extra_links": operator_class.operator_extra_links,
        "template_ext": operator_class.template_ext,
        "template_fields": operator_class.template_fields,
        "template_fields_renderers": operator_class.template_fields_renderers,
        "ui_color": operator_class.ui_color,
        "ui_fgcolor": operator_class.ui_fgcolor,
        "is_empty": any(kind.__name__ == "EmptyOperator" for kind in operator_class.__mro__),
        "task_module": operator_class.__module__,
        "task_type": operator_class.__name__,
        "operator_name": getattr(operator_class, "custom_operator_name", operator_class.__name__),
        "start_trigger_args": operator_class.start_trigger_args,
        "start_from_trigger": operator_class.start_from_trigger,
    }


OperatorPartial.__module__ = "airflow.models.mappedoperator"

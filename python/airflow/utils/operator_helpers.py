"""Which arguments of the context a callable gets, and the context as environment variables."""

from __future__ import annotations

import functools
import inspect
import itertools
import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Callable

from airflow.utils.context import Context, OutletEventAccessors, lazy_mapping_from_context

DEFAULT_FORMAT_PREFIX = "airflow.ctx."
ENV_VAR_FORMAT_PREFIX = "AIRFLOW_CTX_"

#: Name of a variable without its prefix, and where in the context its value is.
_VARIABLES = (
    ("dag_email", "task", "email"),
    ("dag_owner", "task", "owner"),
    ("dag_id", "task_instance", "dag_id"),
    ("task_id", "task_instance", "task_id"),
    ("execution_date", "task_instance", "execution_date"),
    ("try_number", "task_instance", "try_number"),
    ("dag_run_id", "dag_run", "run_id"),
)

AIRFLOW_VAR_NAME_FORMAT_MAPPING = {
    f"AIRFLOW_CONTEXT_{name.upper()}": {
        "default": DEFAULT_FORMAT_PREFIX + name,
        "env_var_format": ENV_VAR_FORMAT_PREFIX + name.upper(),
    }
    for name, _, _ in _VARIABLES
}


def context_to_airflow_vars(context: Mapping[str, Any], in_env_var_format: bool = False) -> dict[str, str]:
    """The facts about a try that programs started by it may want: ids, date, owner, e-mail.

    Names are like ``airflow.ctx.dag_id``, or ``AIRFLOW_CTX_DAG_ID`` with `in_env_var_format`.
    """
    variables = _of_user(context, in_env_var_format)
    style = "env_var_format" if in_env_var_format else "default"
    for name, key, attribute in _VARIABLES:
        value = getattr(context.get(key), attribute, None)
        if value:
            variables[AIRFLOW_VAR_NAME_FORMAT_MAPPING[f"AIRFLOW_CONTEXT_{name.upper()}"][style]] = _as_text(value)
    return variables


def _of_user(context: Mapping[str, Any], in_env_var_format: bool) -> dict[str, str]:
    from airflow import settings

    found: dict[str, str] = {}
    for key, value in settings.get_airflow_context_vars(context).items():
        if not isinstance(key, str):
            raise TypeError(f"get_airflow_context_vars gave a key that is not text: {key!r}")
        if not isinstance(value, str):
            raise TypeError(f"get_airflow_context_vars gave a {type(value).__name__} for {key!r}, not text")
        prefix = ENV_VAR_FORMAT_PREFIX if in_env_var_format else DEFAULT_FORMAT_PREFIX
        if not key.startswith(prefix):
            key = prefix + (key.upper() if in_env_var_format else key)
        found[key] = value
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return ",".join(value)
    return str(value)


@functools.lru_cache(maxsize=256)
def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return _signature_of(function)
    except TypeError:
        # A callable object that cannot be hashed.
        return inspect.signature(function)


class KeywordParameters:
    """The keyword arguments for one callable."""

    def __init__(self, kwargs: Mapping[str, Any], *, wildcard: bool, named: frozenset[str] = frozenset()) -> None:
        self._kwargs = kwargs
        self._wildcard = wildcard
        self._named = named

    @classmethod
    def determine(cls, func: Callable[..., Any], args: Collection[Any], kwargs: Mapping[str, Any]) -> KeywordParameters:
        """All of `kwargs` for a callable with ``**kwargs``, else those that it names."""
        parameters = _signature(func).parameters
        for name in itertools.islice(parameters, len(args)):
            if name in kwargs:
                raise ValueError(
                    f"the positional argument {name!r} has the name of a key of the context, which is reserved"
                )
        if any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values()):
            return cls(kwargs, wildcard=True, named=frozenset(parameters))
        return cls({name: kwargs[name] for name in parameters if name in kwargs}, wildcard=False)

    def unpacking(self) -> Mapping[str, Any]:
        """To be unpacked with ``**``. Values that cost something are computed when they are used."""
        if self._wildcard and isinstance(self._kwargs, Context):
            return lazy_mapping_from_context(self._kwargs, named=self._named)
        return self._kwargs

    def serializing(self) -> Mapping[str, Any]:
        """To be sent to another process."""
        return self._kwargs


def determine_kwargs(func: Callable[..., Any], args: Collection[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of `kwargs` that `func` takes, after the positional `args`."""
    return KeywordParameters.determine(func, args, kwargs).unpacking()


def make_kwargs_callable(func: Callable[..., Any]) -> Callable[..., Any]:
    """`func` as a callable that takes any keyword argument and ignores those that it does not know."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **determine_kwargs(func, args, kwargs))

    return call


class ExecutionCallableRunner:
    """Calls a function; a generator's yielded `Metadata` go to the outlet events of the context."""

    def __init__(
        self,
        func: Callable[..., Any],
        outlet_events: OutletEventAccessors,
        *,
        logger: logging.Logger | None,
    ) -> None:
        self.func = func
        self.outlet_events = outlet_events
        self.logger = logger or logging.getLogger(__name__)

    def run(self, *args: Any, **kwargs: Any) -> Any:
        from airflow.utils.types import NOTSET

        if not inspect.isgeneratorfunction(self.func):
            return self.func(*args, **kwargs)
        steps = self.func(*args, **kwargs)
        while True:
            try:
                item = next(steps)
            except StopIteration as end:
                # As on Airflow, where a generator that returns nothing gives None.
                return end.value if end.value is not NOTSET else None
            self._take(item)

    def _take(self, item: Any) -> None:
        from airflow.datasets.metadata import Metadata

        if not isinstance(item, Metadata):
            self.logger.warning("The task yielded a %s, which is not Metadata; it is ignored", type(item))
            return
        self.outlet_events[item.uri].extra.update(item.extra)
        if item.alias_name:
            self.outlet_events[item.alias_name].add(item.uri, extra=item.extra)

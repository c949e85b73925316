"""Waits for a Python function to return something true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from airflow.sensors.base import BaseSensorOperator, PokeReturnValue
from airflow.utils.context import context_merge
from airflow.utils.operator_helpers import determine_kwargs


class PythonSensor(BaseSensorOperator):
    """Waits for `python_callable` to return something true.

    :param python_callable: the function; it gets arguments as that of a `PythonOperator` does
    :param op_args: positional arguments. (templated)
    :param op_kwargs: keyword arguments. (templated)
    :param templates_dict: more values to render, passed as `templates_dict`. (templated)
    """

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: list[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        templates_dict: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.python_callable = python_callable
        self.op_args = op_args or []
        self.op_kwargs = op_kwargs or {}
        self.templates_dict = templates_dict

    def poke(self, context: Any) -> PokeReturnValue:
        context_merge(context, self.op_kwargs, templates_dict=self.templates_dict)
        self.op_kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        self.log.info("Poking callable: %s", str(self.python_callable))
        returned = self.python_callable(*self.op_args, **self.op_kwargs)
        return returned if isinstance(returned, PokeReturnValue) else PokeReturnValue(bool(returned))

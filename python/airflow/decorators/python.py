"""`@task`: a function as a task."""

from __future__ import annotations

from airflow.decorators.base import DecoratedOperator, task_decorator_factory
from airflow.operators.python import PythonOperator

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, ClassVar


class _PythonDecoratedOperator(DecoratedOperator, PythonOperator):
    """Runs the function."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "templates_dict": "json",
        "op_args": "py",
        "op_kwargs": "py",
    }
    custom_operator_name = "@task"

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **kwargs)


def python_decorator(operator_class: type[_PythonDecoratedOperator]) -> Callable[..., Any]:
    """A decorator that makes tasks of this class of functions."""

    def decorate(
        python_callable: Callable[..., Any] | None = None, multiple_outputs: bool | None = None, **kwargs: Any
    ) -> Any:
        """Makes a task of a function.

        :param multiple_outputs: whether each entry of a result that is a dict becomes an XCom, too
        :param kwargs: arguments of the task
        """
        return task_decorator_factory(
            python_callable=python_callable,
            multiple_outputs=multiple_outputs,
            decorated_operator_class=operator_class,
            **kwargs,
        )

    return decorate


python_task = python_decorator(_PythonDecoratedOperator)

"""`@task.bash`: a function that returns a command."""

from __future__ import annotations

import warnings

from airflow.decorators.base import DecoratedOperator, task_decorator_factory
from airflow.operators.bash import BashOperator
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any, ClassVar


class _BashDecoratedOperator(DecoratedOperator, BashOperator):
    """Calls the function and runs the command that it returns."""

    template_fields: Sequence[str] = (*DecoratedOperator.template_fields, *BashOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **BashOperator.template_fields_renderers,
    }
    custom_operator_name = "@task.bash"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if kwargs.pop("multiple_outputs", None):
            message = f"`multiple_outputs=True` is not supported in {self.custom_operator_name} tasks. Ignoring."
            warnings.warn(message, UserWarning, stacklevel=3)
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            bash_command=NOTSET,
            multiple_outputs=False,
            **kwargs,
        )

    def execute(self, context: Any) -> Any:
        from airflow.utils.context import context_merge
        from airflow.utils.operator_helpers import determine_kwargs

        context_merge(context, self.op_kwargs)
        kwargs = determine_kwargs(self.python_callable, self.op_args, context)
        command = self.python_callable(*self.op_args, **kwargs)
        if not isinstance(command, str) or not command.strip():
            raise TypeError(
                "The returned value from the TaskFlow callable must be a non-empty string: "
                f"{self.python_callable.__name__} returned {command!r}"
            )
        self.bash_command = command
        return super().execute(context)


def bash_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> Any:
    """Makes a task of a function that returns a command for Bash."""
    return task_decorator_factory(
        python_callable=python_callable, decorated_operator_class=_BashDecoratedOperator, **kwargs
    )

"""`@task_group`: a function as a group of tasks."""

from __future__ import annotations

import functools

from airflow.decorators.base import ExpandableFactory
from airflow.models.expandinput import DictOfListsExpandInput, ListOfDictsExpandInput, MappedArgument
from airflow.utils.helpers import prevent_duplicates
from airflow.utils.task_group import MappedTaskGroup, TaskGroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_ARGUMENTS = frozenset(
    {
        "add_suffix_on_collision",
        "dag",
        "default_args",
        "group_id",
        "parent_group",
        "prefix_group_id",
        "tooltip",
        "ui_color",
        "ui_fgcolor",
    }
)


class _TaskGroupFactory(ExpandableFactory):
    """A decorated function. Calling it makes a group."""

    def __init__(
        self,
        function: Callable[..., Any],
        tg_kwargs: dict[str, Any] | None = None,
        partial_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.partial_kwargs = partial_kwargs or {}
        self._task_group_created = False
        if not callable(function):
            raise TypeError(f"@task_group decorates a function, not {function!r}")
        self.function = function
        self.tg_kwargs = dict(tg_kwargs or {})
        unknown = [name for name in self.tg_kwargs if name not in _ARGUMENTS]
        if unknown:
            raise TypeError(f"@task_group got an unexpected keyword argument {unknown[0]!r}")
        self.tg_kwargs.setdefault("group_id", function.__name__)
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def __del__(self) -> None:
        if self.partial_kwargs and not self._task_group_created:
            from airflow._deprecation import warn

            warn(f"Partial task group {self.tg_kwargs.get('group_id')!r} was never mapped!", UserWarning)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._create_task_group(TaskGroup, *args, **kwargs)

    def _create_task_group(self, tg_factory: Callable[..., TaskGroup], *args: Any, **kwargs: Any) -> Any:
        """The result of the function, if it has one, else the group."""
        with tg_factory(**{"add_suffix_on_collision": True, **self.tg_kwargs}) as group:
            if self.function.__doc__ and not group.tooltip:
                group.tooltip = self.function.__doc__
            result = self.function(*args, **kwargs)
        self._task_group_created = True
        return group if result is None else result

    def override(self, **kwargs: Any) -> _TaskGroupFactory:
        """The same function with other arguments of the group, such as group_id."""
        return _TaskGroupFactory(self.function, {**self.tg_kwargs, **kwargs}, self.partial_kwargs)

    def partial(self, **kwargs: Any) -> _TaskGroupFactory:
        """Arguments that all instances of the mapped group share."""
        self._validate_arg_names("partial", kwargs)
        prevent_duplicates(self.partial_kwargs, kwargs, fail_reason="duplicate partial")
        # This one need not be mapped; the new one has to.
        self._task_group_created = True
        return _TaskGroupFactory(self.function, self.tg_kwargs, {**kwargs, **self.partial_kwargs})

    def expand(self, **kwargs: Any) -> Any:
        """One instance for each combination of the items of these lists, dicts or results."""
        if not kwargs:
            raise TypeError("no arguments to expand against")
        self._validate_arg_names("expand", kwargs)
        prevent_duplicates(self.partial_kwargs, kwargs, fail_reason="mapping already partial")
        return self._expand(DictOfListsExpandInput(kwargs), list(kwargs))

    def expand_kwargs(self, kwargs: Any) -> Any:
        """One instance for each dict of arguments, in a list or a result."""
        from airflow.models._partial import check_expand_kwargs

        check_expand_kwargs(kwargs)
        parameters = self.function_signature.parameters.values()
        if any(parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) for parameter in parameters):
            raise TypeError("calling expand_kwargs() on task group function with * or ** is not supported")
        names = [parameter.name for parameter in parameters if parameter.name not in self.partial_kwargs]
        return self._expand(ListOfDictsExpandInput(kwargs), names)

    def _expand(self, expand_input: Any, names: list[str]) -> Any:
        mapped = {name: MappedArgument(input=expand_input, key=name) for name in names}
        factory = functools.partial(MappedTaskGroup, expand_input=expand_input)
        return self._create_task_group(factory, **self.partial_kwargs, **mapped)


def task_group(python_callable: Any = None, **tg_kwargs: Any) -> Any:
    """Makes a function one that makes a task group. It takes the arguments of `TaskGroup`."""
    if callable(python_callable) and not tg_kwargs:
        return _TaskGroupFactory(python_callable)
    if python_callable is not None and not callable(python_callable):
        # @task_group("name")
        tg_kwargs = {"group_id": python_callable, **tg_kwargs}
    return functools.partial(_TaskGroupFactory, tg_kwargs=tg_kwargs)

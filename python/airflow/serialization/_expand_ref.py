"""References to tasks that are read before the tasks are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class _XComRef(NamedTuple):
    """An XComArg whose task is not known yet."""

    data: dict

    def deref(self, dag: Any) -> Any:
        """The XComArg, once `dag` has its tasks."""
        from airflow.models.xcom_arg import deserialize_xcom_arg

        return deserialize_xcom_arg(self.data, dag)


class _ExpandInputRef(NamedTuple):
    """What a task or task group is expanded over, with `_XComRef`s in it."""

    key: str
    value: Any

    def deref(self, dag: Any) -> Any:
        """The real thing, once `dag` has its tasks."""
        from airflow.models.expandinput import create_expand_input

        if isinstance(self.value, _XComRef):
            found: Any = self.value.deref(dag)
        elif isinstance(self.value, Mapping):
            found = {name: _deref(item, dag) for name, item in self.value.items()}
        else:
            found = [_deref(item, dag) for item in self.value]
        return create_expand_input(self.key, found)


def _deref(value: Any, dag: Any) -> Any:
    return value.deref(dag) if isinstance(value, _XComRef) else value

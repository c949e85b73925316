"""Lineage: which data tasks read and write."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PIPELINE_OUTLETS = "pipeline_outlets"
PIPELINE_INLETS = "pipeline_inlets"
AUTO = "auto"


def apply_lineage(func: Callable[..., Any]) -> Callable[..., Any]:
    """Pushes inlets and outlets after `post_execute`, for the lineage of other tasks."""

    @functools.wraps(func)
    def wrapper(self: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        result = func(self, context, *args, **kwargs)
        if self.outlets:
            self.xcom_push(context, key=PIPELINE_OUTLETS, value=list(self.outlets))
        if self.inlets:
            self.xcom_push(context, key=PIPELINE_INLETS, value=list(self.inlets))
        return result

    return wrapper


def prepare_lineage(func: Callable[..., Any]) -> Callable[..., Any]:
    """Finds the inlets before `pre_execute`: those of tasks before it come from their outlets."""

    @functools.wraps(func)
    def wrapper(self: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        if self.inlets:
            self.inlets = _inlets(self, context)
        if not isinstance(self.outlets, list):
            self.outlets = [self.outlets]
        self.inlets = [self.render_template(item, context) for item in self.inlets]
        self.outlets = [self.render_template(item, context) for item in self.outlets]
        return func(self, context, *args, **kwargs)

    return wrapper


def _inlets(task: Any, context: Any) -> list[Any]:
    from airflow.models.abstractoperator import AbstractOperator

    items = task.inlets
    if isinstance(items, (str, AbstractOperator)):
        items = [items]
    if not isinstance(items, list):
        raise AttributeError(f"inlets of {task.task_id!r} has to be a list, not {items!r}")
    named = {item for item in items if isinstance(item, str)}
    named.update(item.task_id for item in items if isinstance(item, AbstractOperator))
    task_ids = named.intersection(task.get_flat_relative_ids(upstream=True))
    if AUTO in {name.lower() for name in named}:
        task_ids |= task.upstream_task_ids
    found = [item for item in items if not isinstance(item, str)]
    if task_ids:
        pulled = task.xcom_pull(context, task_ids=sorted(task_ids), dag_id=task.dag_id, key=PIPELINE_OUTLETS)
        found.extend(item for outlets in pulled for item in outlets or ())
    return found

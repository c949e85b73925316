"""Which results of an upstream task belong to one instance of a task, within task groups that are mapped."""

from __future__ import annotations

from typing import Any


def relevant(ti: Any, upstream: Any, count: int | None) -> int | range | None:
    """The map index, or indexes, to pull from `upstream`; None takes the whole result.

    `count` is the number of instances that the task of `ti` has.
    """
    if not count:
        return None
    group = _innermost_common_group(ti.task, upstream)
    if group is None:
        return None
    # Both tasks have as many times the instances of the group as they are mapped again inside it.
    group_count = group.get_mapped_ti_count(ti.run_id)
    index = ti.map_index * group_count // count
    if not _is_mapped_again(upstream, group):
        return index
    again = count // group_count
    return range(index * again, (index + 1) * again)


def _innermost_common_group(one: Any, other: Any) -> Any:
    if one.dag is None or other.dag is None or one.dag_id != other.dag_id:
        return None
    ids = {group.group_id for group in one.iter_mapped_task_groups()}
    return next((group for group in other.iter_mapped_task_groups() if group.group_id in ids), None)


def _is_mapped_again(task: Any, container: Any) -> bool:
    from airflow.models.mappedoperator import MappedOperator
    from airflow.utils.task_group import MappedTaskGroup

    if isinstance(task, MappedOperator):
        return True
    group = task.task_group
    while group is not None and group.group_id != container.group_id:
        if isinstance(group, MappedTaskGroup):
            return True
        group = group.parent_group
    return False

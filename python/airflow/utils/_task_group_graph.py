"""The arrows of a task group, and the order of what is in it."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from airflow.exceptions import AirflowDagCycleException, AirflowException
from airflow.models.taskmixin import DAGNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class TaskGroupGraphMixin:
    """The part of `TaskGroup` that is about arrows."""

    def update_relative(self, other: Any, upstream: bool = True, edge_modifier: Any = None) -> None:
        """Notes that `other`, a task or a group, was put before (or after) this group."""
        if isinstance(other, TaskGroupGraphMixin):
            before, after = (other, self) if upstream else (self, other)
            after.upstream_group_ids.add(before.group_id)
            before.downstream_group_ids.add(after.group_id)
            if edge_modifier:
                edge_modifier.add_edge_info(self.dag, before.downstream_join_id, after.upstream_join_id)
            return
        for task in other.roots:
            self._note_task(task, upstream, edge_modifier)

    def _note_task(self, task: Any, upstream: bool, edge_modifier: Any) -> None:
        if not isinstance(task, DAGNode):
            raise AirflowException(
                f"an arrow from or to the group {self.node_id!r} can only end at a task or a group, not at {task!r}"
            )
        if self == task:
            # A group is its own root where nothing is in it.
            return
        if upstream:
            self.upstream_task_ids.add(task.node_id)
            edge = task.node_id, self.upstream_join_id
        else:
            self.downstream_task_ids.add(task.node_id)
            edge = self.downstream_join_id, task.node_id
        if edge_modifier:
            edge_modifier.add_edge_info(self.dag, *edge)

    def _set_relatives(self, task_or_task_list: Any, upstream: bool = False, edge_modifier: Any = None) -> None:
        others = task_or_task_list if isinstance(task_or_task_list, Sequence) else [task_or_task_list]
        for other in others:
            self.update_relative(other, upstream, edge_modifier=edge_modifier)
        if upstream:
            for task in self.get_roots():
                task.set_upstream(others)
        else:
            for task in self.get_leaves():
                task.set_downstream(others)

    @property
    def roots(self) -> list[Any]:
        return list(self.get_roots())

    @property
    def leaves(self) -> list[Any]:
        return list(self.get_leaves())

    def get_roots(self) -> Iterator[Any]:
        """The tasks that no other task of the group is before."""
        tasks = list(self)
        ids = {task.task_id for task in tasks}
        return (task for task in tasks if task.upstream_task_ids.isdisjoint(ids))

    def get_leaves(self) -> Iterator[Any]:
        """The tasks that no other task of the group is after; teardown tasks do not count."""
        tasks = list(self)
        ids = {task.task_id for task in tasks}
        for task in tasks:
            if not task.downstream_task_ids.isdisjoint(ids):
                continue
            if task.is_teardown:
                yield from _work_before(task, ids)
            else:
                yield task

    def hierarchical_alphabetical_sort(self) -> list[Any]:
        """What is in it: groups first, then tasks, each by id."""
        return sorted(
            self.children.values(), key=lambda node: (not isinstance(node, TaskGroupGraphMixin), node.node_id)
        )

    def topological_sort(self, _include_subdag_tasks: bool = False) -> list[Any]:
        """What is in it, each after all that it waits for; where the order is free, as it was defined."""
        left = copy.copy(self.children)
        done: list[Any] = []
        while left:
            ready = list(left.values())
            progress = False
            for node in ready:
                if not _waits_for(node, left):
                    progress = True
                    del left[node.node_id]
                    done.append(node)
            if not progress:
                raise AirflowDagCycleException(f"the DAG {self.dag_id!r} has a cycle among {', '.join(map(str, left))}")
        return done


def _waits_for(node: Any, left: dict[str, Any]) -> bool:
    """Whether something in `left`, or in a group in it, is before the node."""
    for before in node.upstream_list:
        if before.node_id in left:
            return True
        group = before.task_group
        while group:
            if group.node_id in left:
                return True
            group = group.task_group
    return False


def _work_before(teardown: Any, ids: set[str]) -> Iterator[Any]:
    """The last tasks before a teardown that are not teardowns themselves."""
    for task in teardown.upstream_list:
        if task.task_id not in ids:
            continue
        if task.is_teardown:
            yield from _work_before(task, ids)
        elif teardown.is_teardown and task.is_setup:
            continue
        elif not _has_work_after(task, ids, exclude=teardown.task_id):
            yield task


def _has_work_after(task: Any, ids: set[str], exclude: str) -> bool:
    return any(
        after.task_id != exclude and after.task_id in ids and not after.is_teardown for after in task.downstream_list
    )

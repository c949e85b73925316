"""The tasks of a DAG, and parts of it."""

from __future__ import annotations

import copy
import itertools
import weakref

from airflow.exceptions import DuplicateTaskIdFound, FailStopDagInvalidTriggerRule, TaskNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class DagGraphMixin:
    """The part of `DAG` that is about its tasks."""

    @property
    def tasks(self) -> list[Any]:
        return list(self.task_dict.values())

    @tasks.setter
    def tasks(self, val: Any) -> None:
        raise AttributeError("DAG.tasks cannot be set; use dag.add_task(task)")

    @property
    def task_ids(self) -> list[str]:
        return list(self.task_dict)

    @property
    def teardowns(self) -> list[Any]:
        return [task for task in self.tasks if getattr(task, "is_teardown", None)]

    @property
    def tasks_upstream_of_teardowns(self) -> list[Any]:
        before = itertools.chain.from_iterable(task.upstream_list for task in self.teardowns)
        return [task for task in before if not getattr(task, "is_teardown", None)]

    @property
    def task_group(self) -> Any:
        """The group that all tasks and groups are in."""
        return self._task_group

    @property
    def task_group_dict(self) -> dict[str, Any]:
        """All groups by id."""
        return {key: group for key, group in self._task_group.get_task_group_dict().items() if key is not None}

    @property
    def subdags(self) -> list[Any]:
        """The DAGs of SubDagOperators, at any depth."""
        found = []
        for task in self.tasks:
            if task.task_type == "SubDagOperator":
                found.extend([task.subdag, *task.subdag.subdags])
        return found

    @property
    def roots(self) -> list[Any]:
        """The tasks that no task is before."""
        return [task for task in self.tasks if not task.upstream_task_ids]

    @property
    def leaves(self) -> list[Any]:
        """The tasks that no task is after."""
        return [task for task in self.tasks if not task.downstream_task_ids]

    def topological_sort(self, include_subdag_tasks: bool = False) -> tuple[Any, ...]:
        """All tasks, each after those before it."""
        from airflow.utils.task_group import TaskGroup

        def walk(group: Any) -> Iterator[Any]:
            for node in group.topological_sort(_include_subdag_tasks=include_subdag_tasks):
                if isinstance(node, TaskGroup):
                    yield from walk(node)
                else:
                    yield node

        return tuple(walk(self.task_group))

    def has_task(self, task_id: str) -> bool:
        return task_id in self.task_dict

    def has_task_group(self, task_group_id: str) -> bool:
        return task_group_id in self.task_group_dict

    def get_task(self, task_id: str, include_subdags: bool = False) -> Any:
        """The task of this id; an error where there is none."""
        task = self.task_dict.get(task_id)
        if task is not None:
            return task
        for subdag in self.subdags if include_subdags else ():
            if task_id in subdag.task_dict:
                return subdag.task_dict[task_id]
        raise TaskNotFound(f"Task {task_id} not found: the DAG {self.dag_id!r} has no such task")

    def add_task(self, task: Any) -> None:
        """Puts a task into the DAG."""
        FailStopDagInvalidTriggerRule.check(dag=self, trigger_rule=task.trigger_rule)
        self._narrow_dates(task)
        task_id = task.task_id
        if not task.task_group:
            from airflow.utils.task_group import TaskGroupContext

            group = TaskGroupContext.get_current_task_group(self)
            if group:
                task_id = group.child_id(task_id)
                group.add(task)
        is_other = task_id in self.task_dict and self.task_dict[task_id] is not task
        if is_other or task_id in self._task_group.used_group_ids:
            raise DuplicateTaskIdFound(f"Task id '{task_id}' has already been added to the DAG")
        self.task_dict[task_id] = task
        task.dag = self
        self._task_group.used_group_ids.add(task_id)
        self.task_count = len(self.task_dict)

    def _narrow_dates(self, task: Any) -> None:
        """A task has no dates outside of those of its DAG."""
        if not task.start_date:
            task.start_date = self.start_date
        elif self.start_date:
            task.start_date = max(task.start_date, self.start_date)
        if not task.end_date:
            task.end_date = self.end_date
        elif self.end_date:
            task.end_date = min(task.end_date, self.end_date)

    def add_tasks(self, tasks: Iterable[Any]) -> None:
        for task in tasks:
            self.add_task(task)

    def _remove_task(self, task_id: str) -> None:
        task = self.task_dict.pop(task_id)
        group = getattr(task, "task_group", None)
        if group:
            group._remove(task)
        self.task_count = len(self.task_dict)

    def set_dependency(self, upstream_task_id: str, downstream_task_id: str) -> None:
        """Puts the second task after the first."""
        self.get_task(upstream_task_id).set_downstream(self.get_task(downstream_task_id))

    def partial_subset(
        self,
        task_ids_or_regex: Any,
        include_downstream: bool = False,
        include_upstream: bool = True,
        include_direct_upstream: bool = False,
    ) -> Any:
        """A DAG of some of the tasks, by ids or by a pattern, and of those around them."""
        matched = _matching(self.tasks, task_ids_or_regex)
        chosen = {task.task_id: task for task in matched}
        for task in matched:
            ids = _around(task, matched, include_downstream, include_upstream)
            chosen.update((task_id, self.task_dict[task_id]) for task_id in ids)
        if include_direct_upstream:
            for task in list(chosen.values()):
                chosen.update((before.task_id, before) for before in task.upstream_list)
        return _copy_of(self, chosen)


def _matching(tasks: list[Any], wanted: Any) -> list[Any]:
    import re

    if isinstance(wanted, (str, re.Pattern)):
        return [task for task in tasks if re.findall(wanted, task.task_id)]
    return [task for task in tasks if task.task_id in wanted]


def _around(task: Any, matched: list[Any], include_downstream: bool, include_upstream: bool) -> set[str]:
    is_work = not task.is_setup and not task.is_teardown
    ids: set[str] = set()
    if include_downstream:
        for after in task.get_flat_relatives(upstream=False):
            ids.add(after.task_id)
            if after not in matched and not after.is_setup and not after.is_teardown:
                ids.update(item.task_id for item in after.get_upstreams_only_setups_and_teardowns())
    if include_upstream:
        ids.update(item.task_id for item in task.get_upstreams_follow_setups())
    elif is_work:
        ids.update(item.task_id for item in task.get_upstreams_only_setups_and_teardowns())
    if task.is_setup and not include_downstream:
        ids.update(item.task_id for item in task.downstream_list if item.is_teardown)
    return ids


def _copy_of(dag: Any, tasks: dict[str, Any]) -> Any:
    """A copy of the DAG that has only these tasks."""
    # The tasks are copied one by one below.
    memo: dict[int, Any] = {id(dag.task_dict): None, id(dag._task_group): None}
    part = copy.deepcopy(dag, memo)

    def copied(task: Any) -> Any:
        memo.setdefault(id(task.task_group), None)
        return copy.deepcopy(task, memo)

    part.task_dict = {task_id: copied(task) for task_id, task in tasks.items()}
    part._task_group = _part_of_group(dag.task_group, None, part, memo)
    groups = part._task_group.get_task_group_dict()
    for group in groups.values():
        group.upstream_group_ids.intersection_update(groups)
        group.downstream_group_ids.intersection_update(groups)
    for node in (*groups.values(), *part.tasks):
        # What is not in this part cannot be waited for.
        node.upstream_task_ids.intersection_update(part.task_dict)
        node.downstream_task_ids.intersection_update(part.task_dict)
    part.task_count = len(part.task_dict)
    part.partial = len(part.task_dict) < len(dag.task_dict)
    return part


def _part_of_group(group: Any, parent: Any, dag: Any, memo: dict[int, Any]) -> Any:
    from airflow.models.abstractoperator import AbstractOperator

    part = copy.copy(group)
    memo[id(group.children)] = {}
    if parent is not None:
        memo[id(group.task_group)] = parent
    for name, value in list(part.__dict__.items()):
        part.__dict__[name] = memo[id(value)] if id(value) in memo else copy.deepcopy(value, memo)
    part.children = {}
    part.dag = dag
    proxy = weakref.proxy(part)
    for child in group.children.values():
        if isinstance(child, AbstractOperator):
            task = dag.task_dict.get(child.task_id)
            if task is None:
                part.used_group_ids.discard(child.task_id)
            else:
                part.children[child.task_id] = task
                task.task_group = proxy
        else:
            inner = _part_of_group(child, proxy, dag, memo)
            if inner.children:
                part.children[inner.group_id] = inner
    return part

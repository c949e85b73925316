"""The tasks before and after a task, near and far."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class RelativesMixin:
    """Walks the graph of the task's DAG."""

    def get_direct_relative_ids(self, upstream: bool = False) -> set[str]:
        return self.upstream_task_ids if upstream else self.downstream_task_ids  # type: ignore[attr-defined]

    def get_flat_relative_ids(self, *, upstream: bool = False) -> set[str]:
        """The ids of all tasks before (or after) this one, however far."""
        dag = self.get_dag()  # type: ignore[attr-defined]
        found: set[str] = set()
        if not dag:
            return found
        ahead = list(self.get_direct_relative_ids(upstream))
        while ahead:
            task_id = ahead.pop()
            if task_id not in found:
                found.add(task_id)
                ahead.extend(dag.task_dict[task_id].get_direct_relative_ids(upstream))
        return found

    def get_flat_relatives(self, upstream: bool = False) -> list[Any]:
        """All tasks before (or after) this one, however far."""
        dag = self.get_dag()  # type: ignore[attr-defined]
        if not dag:
            return []
        return [dag.task_dict[task_id] for task_id in self.get_flat_relative_ids(upstream=upstream)]

    def get_upstreams_follow_setups(self) -> Iterable[Any]:
        """All tasks before this one, and the teardowns of the setups among them."""
        for task in self.get_flat_relatives(upstream=True):
            yield task
            if task.is_setup:
                yield from self._teardowns_of(task)

    def get_upstreams_only_setups_and_teardowns(self) -> Iterable[Any]:
        """The setups that this task is in the scope of, and their teardowns."""
        teardown_ids = {task.task_id for task in self.get_flat_relatives(upstream=False) if task.is_teardown}
        for task in self.get_flat_relatives(upstream=True):
            if not task.is_setup:
                continue
            own = [after for after in task.downstream_list if after.is_teardown]
            if not own or not teardown_ids.isdisjoint(task.downstream_task_ids):
                yield task
                yield from self._teardowns_of(task)

    def get_upstreams_only_setups(self) -> Iterable[Any]:
        """The setups that this task is in the scope of."""
        return (task for task in self.get_upstreams_only_setups_and_teardowns() if task.is_setup)

    def _teardowns_of(self, setup: Any) -> Iterator[Any]:
        return (task for task in setup.downstream_list if task.is_teardown and task != self)

    def _iter_all_mapped_downstreams(self) -> Iterator[Any]:
        """The mapped tasks and groups right after this task."""
        from airflow.models.mappedoperator import MappedOperator
        from airflow.utils.task_group import MappedTaskGroup

        dag = self.get_dag()  # type: ignore[attr-defined]
        if not dag:
            raise RuntimeError(f"{self} is in no DAG, so nothing can be mapped over it")
        node_id = self.node_id  # type: ignore[attr-defined]
        for child in _nodes(dag.task_group):
            is_mapped = isinstance(child, (MappedOperator, MappedTaskGroup))
            if is_mapped and child.node_id != node_id and node_id in child.upstream_task_ids:
                yield child

    def iter_mapped_dependants(self) -> Iterator[Any]:
        """The mapped tasks and groups that expand over the result of this task."""
        node_id = self.node_id  # type: ignore[attr-defined]
        for downstream in self._iter_all_mapped_downstreams():
            if any(task.node_id == node_id for task in downstream.iter_mapped_dependencies()):
                yield downstream


def _nodes(group: Any) -> Iterator[Any]:
    from airflow.utils.task_group import TaskGroup

    for child in group.children.values():
        yield child
        if isinstance(child, TaskGroup):
            yield from _nodes(child)

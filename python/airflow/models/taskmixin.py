"""What can be put before or after something else: tasks, groups, XComs and labels."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence

from airflow.exceptions import AirflowException
from airflow.utils.types import NOTSET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Union

    Dependency = Union["DependencyMixin", Sequence["DependencyMixin"]]


class DependencyMixin:
    """Has the arrows `>>` and `<<`."""

    @property
    def roots(self) -> Sequence[DependencyMixin]:
        """What an arrow to this one points at."""
        raise NotImplementedError

    @property
    def leaves(self) -> Sequence[DependencyMixin]:
        """What an arrow from this one starts at."""
        raise NotImplementedError

    def set_upstream(self, other: Dependency, edge_modifier: Any = None) -> None:
        """Puts `other` before this one."""
        raise NotImplementedError

    def set_downstream(self, other: Dependency, edge_modifier: Any = None) -> None:
        """Puts `other` after this one."""
        raise NotImplementedError

    def as_setup(self) -> DependencyMixin:
        """Makes it a setup task."""
        raise NotImplementedError

    def as_teardown(self, *, setups: Any = NOTSET, on_failure_fail_dagrun: Any = NOTSET) -> DependencyMixin:
        """Makes it a teardown task."""
        raise NotImplementedError

    def update_relative(self, other: DependencyMixin, upstream: bool = True, edge_modifier: Any = None) -> None:
        """Is told of an arrow that somebody else drew."""

    def __lshift__(self, other: Dependency) -> Dependency:
        self.set_upstream(other)
        return other

    def __rshift__(self, other: Dependency) -> Dependency:
        self.set_downstream(other)
        return other

    def __rrshift__(self, other: Dependency) -> DependencyMixin:
        self.set_upstream(other)
        return self

    def __rlshift__(self, other: Dependency) -> DependencyMixin:
        self.set_downstream(other)
        return self

    @classmethod
    def _iter_references(cls, obj: Any) -> Iterable[tuple[DependencyMixin, str]]:
        from airflow.models.abstractoperator import AbstractOperator
        from airflow.utils.mixins import ResolveMixin

        if isinstance(obj, AbstractOperator):
            yield obj, "operator"
        elif isinstance(obj, ResolveMixin):
            yield from obj.iter_references()
        elif isinstance(obj, Sequence):
            for item in obj:
                yield from cls._iter_references(item)


class TaskMixin(DependencyMixin):
    """The older name of DependencyMixin."""

    def __init_subclass__(cls) -> None:
        from airflow._deprecation import warn

        warn(f"TaskMixin is deprecated; derive {cls.__name__} from DependencyMixin")
        super().__init_subclass__()


class DAGNode(DependencyMixin, metaclass=ABCMeta):
    """A node of the graph of a DAG: a task or a group."""

    dag: Any = None
    task_group: Any = None
    start_date: Any
    end_date: Any
    upstream_task_ids: set[str]
    downstream_task_ids: set[str]

    @property
    @abstractmethod
    def node_id(self) -> str:
        """The full id, with those of its groups."""
        raise NotImplementedError

    @property
    def label(self) -> str | None:
        """The id without those of its groups."""
        group = self.task_group
        if group and group.node_id and group.prefix_group_id:
            return self.node_id[len(group.node_id) + 1 :]
        return self.node_id

    def has_dag(self) -> bool:
        return self.dag is not None

    @property
    def dag_id(self) -> str:
        return self.dag.dag_id if self.dag else "_in_memory_dag_"

    def set_downstream(self, task_or_task_list: Dependency, edge_modifier: Any = None) -> None:
        """Puts a task, or each of several, after this one."""
        self._set_relatives(task_or_task_list, upstream=False, edge_modifier=edge_modifier)

    def set_upstream(self, task_or_task_list: Dependency, edge_modifier: Any = None) -> None:
        """Puts a task, or each of several, before this one."""
        self._set_relatives(task_or_task_list, upstream=True, edge_modifier=edge_modifier)

    def _set_relatives(self, task_or_task_list: Any, upstream: bool = False, edge_modifier: Any = None) -> None:
        others = task_or_task_list if isinstance(task_or_task_list, Sequence) else [task_or_task_list]
        tasks: list[Any] = []
        for other in others:
            if not isinstance(other, DependencyMixin):
                raise _no_operator(self, other)
            other.update_relative(self, not upstream, edge_modifier=edge_modifier)
            tasks.extend(other.leaves if upstream else other.roots)
        dag = self._dag_of_all(tasks)
        if not self.has_dag():
            self.dag = dag
        for task in tasks:
            if not task.has_dag():
                dag.add_task(task)
            before, after = (task, self) if upstream else (self, task)
            before.downstream_task_ids.add(after.node_id)
            after.upstream_task_ids.add(before.node_id)
            if edge_modifier:
                edge_modifier.add_edge_info(self.dag, before.node_id, after.node_id)

    def _dag_of_all(self, tasks: list[Any]) -> Any:
        """The DAG that these tasks and this one share."""
        dag = None
        for task in (*self.roots, *tasks):
            if not isinstance(task, DAGNode) or not hasattr(task, "task_id"):
                raise _no_operator(self, task)
            if not task.has_dag() or task.dag is dag:
                continue
            if dag is not None:
                both = f"{dag.dag_id!r} and {task.dag.dag_id!r}"
                raise AirflowException(f"the arrow between {self} and {task} is between two DAGs, {both}")
            dag = task.dag
        if dag is None:
            names = ", ".join(task.node_id for task in (self, *tasks))
            raise AirflowException(f"none of the tasks {names} is in a DAG; give one of them its DAG before the arrow")
        return dag

    @property
    def downstream_list(self) -> list[Any]:
        """The tasks right after this one."""
        return self._tasks(self.downstream_task_ids)

    @property
    def upstream_list(self) -> list[Any]:
        """The tasks right before this one."""
        return self._tasks(self.upstream_task_ids)

    def _tasks(self, task_ids: set[str]) -> list[Any]:
        if not self.dag:
            raise AirflowException(f"{self} is in no DAG yet")
        return [self.dag.get_task(task_id) for task_id in task_ids]

    def get_direct_relative_ids(self, upstream: bool = False) -> set[str]:
        return self.upstream_task_ids if upstream else self.downstream_task_ids

    def get_direct_relatives(self, upstream: bool = False) -> Iterable[Any]:
        return self.upstream_list if upstream else self.downstream_list

    def serialize_for_task_group(self) -> tuple[Any, Any]:
        """How the group that this node is in writes it."""
        raise NotImplementedError


def _no_operator(subject: Any, other: Any) -> AirflowException:
    return AirflowException(
        f"an arrow from or to {subject} can only end at a task, a task group, an XCom or a label, "
        f"not at {other!r} of type {type(other).__name__}"
    )

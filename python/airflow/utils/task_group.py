"""Task groups: tasks that are shown, ordered and expanded together."""

from __future__ import annotations

import copy
import re
import weakref

from airflow.exceptions import AirflowException, DuplicateTaskIdFound, TaskAlreadyInTaskGroup
from airflow.models.taskmixin import DAGNode
from airflow.utils._task_group_graph import TaskGroupGraphMixin
from airflow.utils.helpers import validate_group_key, validate_instance_args
from airflow.utils.trigger_rule import TriggerRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

TASKGROUP_ARGS_EXPECTED_TYPES = {
    "group_id": str,
    "prefix_group_id": bool,
    "tooltip": str,
    "ui_color": str,
    "ui_fgcolor": str,
    "add_suffix_on_collision": bool,
}

_SUFFIX = re.compile(r"__(\d+)$")


class TaskGroup(TaskGroupGraphMixin, DAGNode):
    """Tasks that belong together.

        with TaskGroup("load"):
            first >> second

    :param group_id: unique in the DAG; the ids of its tasks begin with it
    :param prefix_group_id: False leaves the ids of its tasks as they are
    :param parent_group: the group that it is in, where no `with` block says it
    :param dag: the DAG, where no `with` block says it
    :param default_args: arguments of its tasks, before those of the DAG
    :param tooltip: what the web UI says of it
    :param add_suffix_on_collision: whether a group_id that is taken gets a number instead of being refused
    """

    used_group_ids: set[str | None]

    def __init__(
        self,
        group_id: str | None,
        prefix_group_id: bool = True,
        parent_group: TaskGroup | None = None,
        dag: Any = None,
        default_args: dict[str, Any] | None = None,
        tooltip: str = "",
        ui_color: str = "CornflowerBlue",
        ui_fgcolor: str = "#000",
        add_suffix_on_collision: bool = False,
    ) -> None:
        from airflow.models._dag_context import DagContext

        self.prefix_group_id = prefix_group_id
        self.default_args = copy.deepcopy(default_args or {})
        dag = dag or DagContext.get_current_dag()
        if group_id is None:
            if parent_group:
                raise AirflowException("the root group of a DAG cannot be in another group; give the group a group_id")
            self.used_group_ids = set()
            self.dag = dag
        else:
            parent_group = self._parent(group_id, parent_group, dag)
            self.used_group_ids = parent_group.used_group_ids
        self._group_id = group_id
        self._check_for_group_id_collisions(add_suffix_on_collision)
        self.children: dict[str, DAGNode] = {}
        if parent_group:
            parent_group.add(self)
            self.default_args = {**parent_group.default_args, **self.default_args}
        self.used_group_ids.add(self.group_id)
        if self.group_id:
            self.used_group_ids.update((self.downstream_join_id, self.upstream_join_id))
        self.tooltip = tooltip
        self.ui_color = ui_color
        self.ui_fgcolor = ui_fgcolor
        self.upstream_group_ids: set[str | None] = set()
        self.downstream_group_ids: set[str | None] = set()
        self.upstream_task_ids: set[str] = set()
        self.downstream_task_ids: set[str] = set()
        validate_instance_args(self, TASKGROUP_ARGS_EXPECTED_TYPES)

    def _parent(self, group_id: Any, parent_group: TaskGroup | None, dag: Any) -> TaskGroup:
        if self.prefix_group_id:
            validate_group_key(group_id)
        elif not isinstance(group_id, str) or not group_id:
            raise ValueError(f"group_id has to be a text that is not empty, not {group_id!r}")
        parent = parent_group or (TaskGroupContext.get_current_task_group(dag) if dag else None)
        if not parent:
            raise AirflowException(
                f"the task group {group_id!r} is in no DAG: pass it `dag=`, or create it in a `with DAG(…):` block"
            )
        if dag is not parent.dag:
            raise RuntimeError(f"the task group {group_id!r} is in {dag}, but its parent group is in {parent.dag}")
        return parent

    def _check_for_group_id_collisions(self, add_suffix_on_collision: bool) -> None:
        group_id = self._group_id
        if group_id is None or group_id not in self.used_group_ids:
            return
        if not add_suffix_on_collision:
            raise DuplicateTaskIdFound(f"there is a task or group {group_id!r} in the DAG already")
        base = _SUFFIX.sub("", group_id)
        taken = [
            int(match[1])
            for used in self.used_group_ids
            if used and (match := _SUFFIX.search(used)) and used[: match.start()] == base
        ]
        self._group_id = f"{base}__{max(taken) + 1}" if taken else f"{group_id}__1"

    @classmethod
    def create_root(cls, dag: Any) -> TaskGroup:
        """The group that all tasks and groups of a DAG are in."""
        return cls(group_id=None, dag=dag)

    @property
    def node_id(self) -> Any:
        return self.group_id

    @property
    def is_root(self) -> bool:
        return not self.group_id

    @property
    def parent_group(self) -> TaskGroup | None:
        return self.task_group

    @property
    def group_id(self) -> str | None:
        """The full id, with those of the groups around it."""
        parent = self.task_group
        if parent and parent.prefix_group_id and parent._group_id:
            return parent.child_id(self._group_id)
        return self._group_id

    @property
    def label(self) -> str | None:
        return self._group_id

    def child_id(self, label: Any) -> Any:
        """The full id of a task or group of this name in this group."""
        group_id = self.group_id if self.prefix_group_id else None
        return f"{group_id}.{label}" if group_id else label

    @property
    def upstream_join_id(self) -> str:
        return f"{self.group_id}.upstream_join_id"

    @property
    def downstream_join_id(self) -> str:
        return f"{self.group_id}.downstream_join_id"

    def __iter__(self) -> Iterator[Any]:
        """All tasks in it, also those of groups in it."""
        for child in self.children.values():
            yield from self._iter_child(child)

    @staticmethod
    def _iter_child(child: Any) -> Iterator[Any]:
        if isinstance(child, TaskGroup):
            yield from child
        else:
            yield child

    def add(self, task: DAGNode) -> DAGNode:
        """Puts a task or group into this group."""
        if TaskGroupContext.active and task.task_group and task.task_group != self:
            task.task_group.children.pop(task.node_id, None)
            task.task_group = self
        existing = task.task_group
        if not isinstance(task, TaskGroup) and existing is not None and existing != self:
            raise TaskAlreadyInTaskGroup(task.node_id, existing.node_id, self.node_id)
        # A weak reference: a group and its tasks would keep each other alive otherwise.
        task.task_group = weakref.proxy(self)
        key = task.node_id
        if key in self.children:
            kind = "task" if hasattr(task, "task_id") else "task group"
            raise DuplicateTaskIdFound(f"there is a {kind} {key!r} in the DAG already")
        if isinstance(task, TaskGroup):
            self._adopt(task)
        self.children[key] = task
        return task

    def _adopt(self, group: TaskGroup) -> None:
        if self.dag:
            if group.dag is not None and self.dag is not group.dag:
                raise RuntimeError(f"the task group {group.node_id!r} is in {group.dag}, not in {self.dag}")
            group.dag = self.dag
        if group.children:
            raise AirflowException(f"the task group {group.node_id!r} has tasks already and cannot be moved")

    def _remove(self, task: DAGNode) -> None:
        key = task.node_id
        if key not in self.children:
            raise KeyError(f"{key!r} is not in this task group")
        self.used_group_ids.remove(key)
        del self.children[key]

    def __enter__(self) -> TaskGroup:
        TaskGroupContext.push_context_managed_task_group(self)
        return self

    def __exit__(self, _type: Any, _value: Any, _tb: Any) -> None:
        TaskGroupContext.pop_context_managed_task_group()

    def has_task(self, task: Any) -> bool:
        """Whether the task is in it, or in a group in it."""
        if task.task_id in self.children:
            return True
        return any(child.has_task(task) for child in self.children.values() if isinstance(child, TaskGroup))

    def get_task_group_dict(self) -> dict[Any, TaskGroup]:
        """This group and all groups in it, by id."""
        found: dict[Any, TaskGroup] = {self.group_id: self}
        for child in self.children.values():
            if isinstance(child, TaskGroup):
                found.update(child.get_task_group_dict())
        return found

    def get_child_by_label(self, label: str) -> DAGNode:
        return self.children[self.child_id(label)]

    def serialize_for_task_group(self) -> tuple[Any, Any]:
        from airflow.serialization.enums import DagAttributeTypes
        from airflow.serialization.serialized_objects import TaskGroupSerialization

        return DagAttributeTypes.TASK_GROUP, TaskGroupSerialization.serialize_task_group(self)

    def iter_mapped_task_groups(self) -> Iterator[MappedTaskGroup]:
        """The mapped groups that this one is in, or is, the innermost first."""
        group: Any = self
        while group is not None:
            if isinstance(group, MappedTaskGroup):
                yield group
            group = group.task_group

    def iter_tasks(self) -> Iterator[Any]:
        """All tasks in it, level by level."""
        groups: list[TaskGroup] = [self]
        while groups:
            for child in groups.pop(0).children.values():
                if isinstance(child, TaskGroup):
                    groups.append(child)
                else:
                    yield child


class MappedTaskGroup(TaskGroup):
    """A group of which there is one instance for each value of something."""

    def __init__(self, *, expand_input: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._expand_input = expand_input

    def __iter__(self) -> Iterator[Any]:
        for child in self.children.values():
            if getattr(child, "trigger_rule", None) == TriggerRule.ALWAYS:
                raise ValueError(
                    f"the task {child.node_id!r} is in a mapped group and cannot have the trigger rule 'always'"
                )
            yield from self._iter_child(child)

    def iter_mapped_dependencies(self) -> Iterator[Any]:
        """The tasks whose results it is mapped over."""
        from airflow.models.xcom_arg import XComArg

        for operator, _ in XComArg.iter_xcom_references(self._expand_input):
            yield operator

    def get_parse_time_mapped_ti_count(self) -> int:
        """How many instances there are, where the DAG file alone decides it."""
        count = 1
        for group in self.iter_mapped_task_groups():
            count *= group._expand_input.get_parse_time_mapped_ti_count()
        return count

    def get_mapped_ti_count(self, run_id: str, *, session: Any = None) -> int:
        """How many instances there are in a run."""
        count = 1
        for group in self.iter_mapped_task_groups():
            count *= group._expand_input.get_total_map_length(run_id, session=session)
        return count

    def __exit__(self, _type: Any, _value: Any, _tb: Any) -> None:
        for operator, _ in self._expand_input.iter_references():
            self.set_upstream(operator)
        super().__exit__(_type, _value, _tb)


class TaskGroupContext:
    """The stack of groups whose `with` blocks are open."""

    active: bool = False
    _context_managed_task_group: TaskGroup | None = None
    _previous_context_managed_task_groups: list[TaskGroup] = []

    @classmethod
    def push_context_managed_task_group(cls, task_group: TaskGroup) -> None:
        if cls._context_managed_task_group:
            cls._previous_context_managed_task_groups.append(cls._context_managed_task_group)
        cls._context_managed_task_group = task_group
        cls.active = True

    @classmethod
    def pop_context_managed_task_group(cls) -> TaskGroup | None:
        closed = cls._context_managed_task_group
        previous = cls._previous_context_managed_task_groups
        cls._context_managed_task_group = previous.pop() if previous else None
        cls.active = False
        return closed

    @classmethod
    def get_current_task_group(cls, dag: Any) -> TaskGroup | None:
        """The group of the innermost open block, else the root group of the DAG."""
        if cls._context_managed_task_group:
            return cls._context_managed_task_group
        from airflow.models._dag_context import DagContext

        dag = dag or DagContext.get_current_dag()
        return dag.task_group if dag else None

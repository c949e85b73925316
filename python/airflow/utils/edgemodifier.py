"""Labels on arrows."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.models.taskmixin import DAGNode, DependencyMixin
from airflow.utils.task_group import TaskGroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class EdgeModifier(DependencyMixin):
    """Stands in the middle of an arrow: `a >> Label("odd") >> b`."""

    def __init__(self, label: str | None = None) -> None:
        self.label = label
        self._upstream: list[Any] = []
        self._downstream: list[Any] = []

    @property
    def roots(self) -> list[Any]:
        return self._downstream

    @property
    def leaves(self) -> list[Any]:
        return self._upstream

    def _save_nodes(self, nodes: Any, stream: list[Any]) -> list[Any]:
        from airflow.models.xcom_arg import XComArg

        listed = list(nodes) if isinstance(nodes, Sequence) else [nodes]
        for node in listed:
            if not isinstance(node, (TaskGroup, XComArg, DAGNode)):
                raise TypeError(f"a label stands between tasks, results and groups, not at a {type(node).__name__}")
        stream.extend(listed)
        return listed

    def _use_groups(self) -> None:
        """The label of an arrow that leaves a group stands at the group, since that is what the graph shows."""
        if not self._upstream or not self._downstream:
            return
        places = {_place(node) for node in (*self._upstream, *self._downstream)} - {None}
        if len(places) != 1:
            self._upstream = [_outermost(node) for node in self._upstream]
            self._downstream = [_outermost(node) for node in self._downstream]

    def set_upstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._save_nodes(other, self._upstream)
        self._use_groups()
        for node in self._downstream:
            node.set_upstream(other, edge_modifier=self)

    def set_downstream(self, other: Any, edge_modifier: Any = None) -> None:
        self._save_nodes(other, self._downstream)
        self._use_groups()
        for node in self._upstream:
            node.set_downstream(other, edge_modifier=self)

    def update_relative(self, other: Any, upstream: bool = True, edge_modifier: Any = None) -> None:
        if upstream:
            self.set_upstream(other)
        else:
            self.set_downstream(other)

    def add_edge_info(self, dag: Any, upstream_id: str, downstream_id: str) -> None:
        """Writes the label of one arrow into the DAG."""
        dag.set_edge_info(upstream_id, downstream_id, {"label": self.label})


def _place(node: Any) -> Any:
    """The group that a node is in; that of a group is the group itself."""
    from airflow.models.xcom_arg import XComArg

    if isinstance(node, XComArg):
        node = getattr(node, "operator", None)
    group = node.task_group if isinstance(node, DAGNode) else None
    if group:
        return "root" if group.is_root else group.group_id
    return node.group_id if isinstance(node, TaskGroup) else None


def _outermost(node: Any) -> Any:
    group = node.task_group if isinstance(node, DAGNode) else None
    return group if group and not group.is_root else node


def Label(label: str) -> EdgeModifier:
    """A label, to be put into an arrow."""
    return EdgeModifier(label=label)

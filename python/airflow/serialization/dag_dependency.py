"""A dependency between two DAGs, or between a DAG and a dataset."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class DagDependency:
    """One edge of the graph of DAGs: `source` comes before `target`."""

    source: str
    target: str
    dependency_type: str
    dependency_id: str | None = None

    @property
    def node_id(self) -> str:
        """The name of the node that the graph view shows for it."""
        parts = [self.dependency_type]
        if self.dependency_type not in ("dataset", "dataset-alias"):
            parts += [self.source, self.target]
        if self.dependency_id:
            parts.append(self.dependency_id)
        return ":".join(parts)

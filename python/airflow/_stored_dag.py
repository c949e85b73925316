"""What the serialized form of a DAG says about it, without making a DAG of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any


class StoredDag:
    """The tasks and task groups of a DAG, also of another file, by their ids."""

    def __init__(self, stored: bytes, *, is_compressed: bool = False) -> None:
        text = zlib.decompress(stored) if is_compressed else stored
        self._dag: dict[str, Any] = json.loads(text)["dag"] if text else {}

    @property
    def task_ids(self) -> list[str]:
        """The ids of all tasks."""
        return [task["__var"]["task_id"] for task in self._dag.get("tasks", [])]

    @property
    def task_group_ids(self) -> list[str]:
        """The ids of all task groups but the root, which has none."""
        return [group_id for group_id, _ in self._groups() if group_id]

    def tasks_of_group(self, group_id: str) -> list[str]:
        """The ids of the tasks in a group and in the groups within it."""
        return [task for found, group in self._groups() if found == group_id for task in _tasks(group)]

    def _groups(self) -> Iterator[tuple[str | None, dict[str, Any]]]:
        root = self._dag.get("_task_group")
        return iter(()) if root is None else _walk(None, root)


def _walk(group_id: str | None, group: dict[str, Any]) -> Iterator[tuple[str | None, dict[str, Any]]]:
    yield group_id, group
    for kind, child in group["children"].values():
        if kind == "operator":
            continue
        label = child["_group_id"]
        is_prefixed = group_id is not None and group["prefix_group_id"]
        yield from _walk(f"{group_id}.{label}" if is_prefixed else label, child)


def _tasks(group: dict[str, Any]) -> Iterator[str]:
    for kind, child in group["children"].values():
        if kind == "operator":
            yield child
        else:
            yield from _tasks(child)

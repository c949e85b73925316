"""The name of a try of a task instance."""

from __future__ import annotations

from typing import Any, NamedTuple


class TaskInstanceKey(NamedTuple):
    """Identifies a task instance, and one of its tries."""

    dag_id: str
    task_id: str
    run_id: str
    try_number: int = 1
    map_index: int = -1

    @property
    def primary(self) -> tuple[str, str, str, int]:
        """Without the try."""
        return self.dag_id, self.task_id, self.run_id, self.map_index

    @property
    def reduced(self) -> TaskInstanceKey:
        """The try before this one, but at least the first."""
        return self.with_try_number(max(1, self.try_number - 1))

    def with_try_number(self, try_number: int) -> TaskInstanceKey:
        """Another try."""
        return self._replace(try_number=try_number)

    @property
    def key(self) -> TaskInstanceKey:
        """Itself, as a task instance has one."""
        return self

    @classmethod
    def from_dict(cls, dictionary: dict[str, Any]) -> TaskInstanceKey:
        """From the fields by name."""
        return cls(**dictionary)

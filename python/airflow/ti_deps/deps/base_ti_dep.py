"""What a rule is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class BaseTIDep:
    """A rule by which a task instance may start. Two of one class are equal."""

    NAME = ""
    IGNORABLE = False
    IS_TASK_DEP = False

    def __eq__(self, other: object) -> bool:
        return isinstance(self, type(other))

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"<TIDep({self.name})>"

    @property
    def name(self) -> str:
        return self.NAME or type(self).__name__

    def get_dep_statuses(self, ti: Any, session: Any = None, dep_context: Any = None) -> Any:
        raise NotImplementedError("the scheduler of Updraft applies this rule; it cannot be evaluated in a DAG file")

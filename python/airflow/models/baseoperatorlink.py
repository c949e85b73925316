"""Links from a task in the web UI to somewhere else."""

from __future__ import annotations

from abc import ABC, abstractmethod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class BaseOperatorLink(ABC):
    """A button on the page of a task instance."""

    #: The operators that have it, where a plugin defines it.
    operators: ClassVar[list[type[Any]]] = []

    @property
    @abstractmethod
    def name(self) -> str:
        """What is on the button."""

    @abstractmethod
    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """The address that it leads to."""

"""Small base classes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


class ResolveMixin:
    """An argument whose value is known only when the task runs."""

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        """The (operator, XCom key) pairs that the value comes from."""
        raise NotImplementedError

    def resolve(self, context: Any, *, include_xcom: bool = True) -> Any:
        """The value, for the task of this context."""
        raise NotImplementedError

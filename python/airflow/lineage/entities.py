"""Things that tasks read and write, besides datasets."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar


class _Entity:
    """Attributes by name, equal where they are equal."""

    _required: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, **attributes: Any) -> None:
        kind = type(self).__name__
        missing = [name for name in self._required if name not in attributes]
        unknown = [name for name in attributes if name not in self._required and name not in self._defaults]
        if missing or unknown:
            problem = f"lacks {missing[0]!r}" if missing else f"has no {unknown[0]!r}"
            raise TypeError(f"{kind} {problem}; it has {', '.join((*self._required, *self._defaults))}")
        for name, default in self._defaults.items():
            setattr(self, name, default.copy() if isinstance(default, (list, dict)) else default)
        for name, value in attributes.items():
            setattr(self, name, value)

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class File(_Entity):
    """A file, by its address."""

    template_fields: ClassVar = ("url",)
    _required = ("url",)
    _defaults: ClassVar = {"type_hint": None}

    def __init__(self, url: str, type_hint: str | None = None) -> None:
        super().__init__(url=url, type_hint=type_hint)


class User(_Entity):
    """A person."""

    template_fields: ClassVar = ("email", "first_name", "last_name")
    _required = ("email",)
    _defaults: ClassVar = {"first_name": None, "last_name": None}


class Tag(_Entity):
    """A word."""

    template_fields: ClassVar = ("tag_name",)
    _required = ("tag_name",)


class Column(_Entity):
    """A column of a table."""

    template_fields: ClassVar = ("name", "description", "data_type", "tags")
    _required = ("name", "data_type")
    _defaults: ClassVar = {"description": None, "tags": []}


class Table(_Entity):
    """A table."""

    template_fields: ClassVar = (
        "database",
        "cluster",
        "name",
        "tags",
        "description",
        "columns",
        "owners",
        "extra",
    )
    _required = ("database", "cluster", "name")
    _defaults: ClassVar = {
        "tags": [],
        "description": None,
        "columns": [],
        "owners": [],
        "extra": {},
        "type_hint": None,
    }

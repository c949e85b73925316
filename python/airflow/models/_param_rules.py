"""Rules of JSON schemas that need no other schema: what is wrong with a value, by the word of the schema."""

from __future__ import annotations

import re

from airflow.exceptions import ParamValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_KINDS: dict[str, Any] = {"string": str, "array": list, "object": dict}


def fits_type(value: Any, kinds: Any) -> bool:
    """Whether the value is of the type, or of one of the types."""
    return any(_is_a(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _is_a(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return _is_number(value) and (isinstance(value, int) or value.is_integer())
    if kind == "number":
        return _is_number(value)
    if kind not in _KINDS:
        raise ParamValidationError(f"{kind!r} is no type of JSON schema; it has string, integer, number, boolean, …")
    return isinstance(value, _KINDS[kind])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _has_same_items(items: list[Any]) -> bool:
    return any(_same(item, earlier) for position, item in enumerate(items) for earlier in items[:position])


def _is_multiple(value: float, step: float) -> bool:
    if not isinstance(step, float):
        return not value % step
    quotient = value / step
    return quotient in (float("inf"), float("-inf")) or int(quotient) == quotient


def _type(value: Any, kinds: Any) -> str | None:
    if fits_type(value, kinds):
        return None
    return f"{value!r} is not of type {', '.join(map(repr, kinds if isinstance(kinds, list) else [kinds]))}"


def _enum(value: Any, choices: list[Any]) -> str | None:
    return None if any(_same(value, item) for item in choices) else f"{value!r} is not one of {choices!r}"


def _const(value: Any, only: Any) -> str | None:
    return None if _same(value, only) else f"{value!r} is not {only!r}"


def _number(is_wrong: Callable[[Any, Any], bool], words: str) -> Callable[[Any, Any], str | None]:
    def rule(value: Any, asked: Any) -> str | None:
        return f"{value!r} {words} {asked!r}" if _is_number(value) and is_wrong(value, asked) else None

    return rule


def _size(kind: type, is_wrong: Callable[[int, Any], bool], words: str, unit: str) -> Callable[[Any, Any], str | None]:
    def rule(value: Any, asked: Any) -> str | None:
        if isinstance(value, kind) and is_wrong(len(value), asked):  # type: ignore[arg-type]
            return f"{value!r} {words} {asked} {unit}"
        return None

    return rule


def _pattern(value: Any, pattern: str) -> str | None:
    return f"{value!r} does not match {pattern!r}" if isinstance(value, str) and not re.search(pattern, value) else None


def _format(value: Any, name: Any) -> str | None:
    from airflow.models._param_formats import has_format

    return None if not isinstance(value, str) or has_format(value, name) else f"{value!r} is not a {name!r}"


def _unique_items(value: Any, asked: Any) -> str | None:
    return (
        f"{value!r} has items that are the same"
        if asked and isinstance(value, list) and _has_same_items(value)
        else None
    )


def _required(value: Any, names: Any) -> str | None:
    if not isinstance(value, dict) or not isinstance(names, list):
        return None
    return next((f"{name!r} is a required property" for name in names if name not in value), None)


def _dependent_required(value: Any, dependencies: dict[str, list[str]]) -> str | None:
    if not isinstance(value, dict):
        return None
    missing = (
        f"{other!r} is required where there is {name!r}"
        for name, others in dependencies.items()
        if name in value
        for other in others
        if other not in value
    )
    return next(missing, None)


RULES: dict[str, Callable[[Any, Any], str | None]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _number(lambda value, asked: value < asked, "is less than the minimum of"),
    "maximum": _number(lambda value, asked: value > asked, "is greater than the maximum of"),
    "exclusiveMinimum": _number(lambda value, asked: value <= asked, "is not greater than"),
    "exclusiveMaximum": _number(lambda value, asked: value >= asked, "is not less than"),
    "multipleOf": _number(lambda value, asked: bool(asked) and not _is_multiple(value, asked), "is not a multiple of"),
    "minLength": _size(str, lambda size, asked: size < asked, "is too short: at least", "characters"),
    "maxLength": _size(str, lambda size, asked: size > asked, "is too long: at most", "characters"),
    "pattern": _pattern,
    "format": _format,
    "minItems": _size(list, lambda size, asked: size < asked, "is too short: at least", "items"),
    "maxItems": _size(list, lambda size, asked: size > asked, "is too long: at most", "items"),
    "uniqueItems": _unique_items,
    "minProperties": _size(dict, lambda size, asked: size < asked, "has too few entries: at least", ""),
    "maxProperties": _size(dict, lambda size, asked: size > asked, "has too many entries: at most", ""),
    "required": _required,
    "dependentRequired": _dependent_required,
}

"""Checks values against JSON schemas.

Params use a handful of JSON schema's words, so these are checked here, at once and without a package. A schema with
other words (`$ref`, `if`, …) is left to the package jsonschema, if it is installed; without it such a schema is refused
with a message that says so.
"""

from __future__ import annotations

import datetime
import re

from airflow.exceptions import ParamValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Words of JSON schema that only the package knows.
_NEEDS_PACKAGE = frozenset(
    {
        "$dynamicRef",
        "$ref",
        "contains",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "extends",
        "if",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)


class Problem:
    """What is wrong with a value, and where in it."""

    def __init__(self, message: str, schema: dict[str, Any], path: tuple[Any, ...] = ()) -> None:
        self.message = message
        self.schema = schema
        self.path = path

    def __str__(self) -> str:
        where = "".join(f"[{step!r}]" for step in self.path)
        return f"{self.message} (at {where})" if where else self.message


def problem_of(value: Any, schema: dict[str, Any]) -> Problem | None:
    """The first problem of a value, or None."""
    if _needs_package(schema):
        return _ask_package(value, schema)
    return next(_problems(value, schema, ()), None)


def warn_of_old_date(value: Any, schema: dict[str, Any], problem: Problem) -> bool:
    """Whether it is a date in another form than RFC 3339, which is deprecated but accepted."""
    if problem.schema.get("format") != "date-time" or problem.path or not isinstance(value, str):
        return False
    from airflow.utils import timezone

    try:
        parsed = timezone.parse(value, strict=True)
    except Exception:
        return False
    if not isinstance(parsed, datetime.datetime):
        return False
    from airflow._deprecation import warn

    warn(f"the date {value!r} is not in the form of RFC 3339 (2024-01-31T12:00:00+00:00), which is deprecated")
    return True


def _needs_package(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(_needs_package(item) for item in schema)
    if not isinstance(schema, dict):
        return False
    if not _NEEDS_PACKAGE.isdisjoint(schema) or isinstance(schema.get("items"), list):
        return True
    below = [schema.get(word) for word in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "not")]
    for word in ("properties", "patternProperties"):
        below.extend((schema.get(word) or {}).values())
    return any(_needs_package(item) for item in below)


def _ask_package(value: Any, schema: dict[str, Any]) -> Problem | None:
    try:
        import jsonschema
    except ImportError:
        words = ", ".join(sorted(_NEEDS_PACKAGE.intersection(schema))) or "nested words"
        raise ParamValidationError(
            f"the schema of a param uses {words}, which needs the package jsonschema: pip install jsonschema"
        ) from None
    try:
        jsonschema.validate(value, schema, format_checker=jsonschema.FormatChecker())
    except jsonschema.ValidationError as error:
        return Problem(error.message, dict(error.schema), tuple(error.absolute_path))
    return None


def _problems(value: Any, schema: Any, path: tuple[Any, ...]) -> Iterator[Problem]:
    if schema is True:
        return
    if schema is False:
        yield Problem(f"{value!r} is not allowed", {}, path)
        return
    for check in (_check_type, _check_choice, _check_number, _check_text, _check_length, _check_combination):
        for message in check(value, schema):
            yield Problem(message, schema, path)
    if isinstance(value, list) and "items" in schema:
        for position, item in enumerate(value):
            yield from _problems(item, schema["items"], (*path, position))
    if isinstance(value, dict):
        yield from _object_problems(value, schema, path)


def _is_a(value: Any, kind: str) -> bool:
    if kind == "null":
        return value is None
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if kind == "number":
        return isinstance(value, (int, float))
    kinds = {"string": str, "array": list, "object": dict}
    if kind not in kinds:
        raise ParamValidationError(f"{kind!r} is no type of JSON schema; it has string, integer, number, boolean, …")
    return isinstance(value, kinds[kind])


def _check_type(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    kinds = schema.get("type")
    if kinds is None:
        return
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if not any(_is_a(value, kind) for kind in kinds):
        yield f"{value!r} is not of type {', '.join(repr(kind) for kind in kinds)}"


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _check_choice(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    if "enum" in schema and not any(_same(value, item) for item in schema["enum"]):
        yield f"{value!r} is not one of {schema['enum']!r}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{value!r} is not {schema['const']!r}"


def _check_number(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{value!r} is less than the minimum of {schema['minimum']!r}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{value!r} is greater than the maximum of {schema['maximum']!r}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield f"{value!r} is not greater than {schema['exclusiveMinimum']!r}"
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield f"{value!r} is not less than {schema['exclusiveMaximum']!r}"
    step = schema.get("multipleOf")
    if step and abs(value / step - round(value / step)) > 1e-12:
        yield f"{value!r} is not a multiple of {step!r}"


def _check_text(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if len(value) < schema.get("minLength", 0):
        yield f"{value!r} is too short: at least {schema['minLength']} characters"
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield f"{value!r} is too long: at most {schema['maxLength']} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value!r} does not match {schema['pattern']!r}"
    check = _FORMATS.get(schema.get("format"))
    if check and not check(value):
        yield f"{value!r} is not a {schema['format']!r}"


def _has_same_items(items: list[Any]) -> bool:
    return any(_same(item, earlier) for position, item in enumerate(items) for earlier in items[:position])


def _check_length(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{value!r} is too short: at least {schema['minItems']} items"
        if "maxItems" in schema and len(value) > schema["maxItems"]:
            yield f"{value!r} is too long: at most {schema['maxItems']} items"
        if schema.get("uniqueItems") and _has_same_items(value):
            yield f"{value!r} has items that are the same"
    if isinstance(value, dict):
        if len(value) < schema.get("minProperties", 0):
            yield f"{value!r} has too few entries: at least {schema['minProperties']}"
        if "maxProperties" in schema and len(value) > schema["maxProperties"]:
            yield f"{value!r} has too many entries: at most {schema['maxProperties']}"
        for name in schema.get("required", ()) if isinstance(schema.get("required"), list) else ():
            if name not in value:
                yield f"{name!r} is a required property"


def _check_combination(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    for inner in schema.get("allOf", ()):
        for problem in _problems(value, inner, ()):
            yield str(problem)
    if "anyOf" in schema and not any(_fits(value, inner) for inner in schema["anyOf"]):
        yield f"{value!r} is not valid under any of the given schemas"
    if "oneOf" in schema and sum(_fits(value, inner) for inner in schema["oneOf"]) != 1:
        yield f"{value!r} has to fit exactly one of the given schemas"
    if "not" in schema and _fits(value, schema["not"]):
        yield f"{value!r} should not be valid under {schema['not']!r}"


def _fits(value: Any, schema: Any) -> bool:
    return next(_problems(value, schema, ()), None) is None


def _object_problems(value: dict[str, Any], schema: dict[str, Any], path: tuple[Any, ...]) -> Iterator[Problem]:
    properties = schema.get("properties") or {}
    patterns = schema.get("patternProperties") or {}
    for name, item in value.items():
        inner = [properties[name]] if name in properties else []
        inner.extend(found for pattern, found in patterns.items() if re.search(pattern, str(name)))
        if not inner and "additionalProperties" in schema:
            inner = [schema["additionalProperties"]]
        for one in inner:
            yield from _problems(item, one, (*path, name))


def _is_date(value: str) -> bool:
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def _is_date_time(value: str) -> bool:
    # RFC 3339, with an offset.
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value)
    if match is None or not _is_date(match[1]):
        return False
    hours, minutes, seconds = map(int, match[2].split(":"))
    return hours < 24 and minutes < 60 and seconds <= 60


def _is_time(value: str) -> bool:
    try:
        datetime.datetime.strptime(value, "%H:%M:%S")
    except ValueError:
        return False
    return True


def _is_ip(version: int) -> Any:
    def check(value: str) -> bool:
        import ipaddress

        try:
            return ipaddress.ip_address(value).version == version
        except ValueError:
            return False

    return check


def _is_regex(value: str) -> bool:
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_uuid(value: str) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value) is not None


_FORMATS: dict[Any, Any] = {
    "date": _is_date,
    "date-time": _is_date_time,
    "time": _is_time,
    "email": lambda value: "@" in value,
    "idn-email": lambda value: "@" in value,
    "ipv4": _is_ip(4),
    "ipv6": _is_ip(6),
    "regex": _is_regex,
    "uuid": _is_uuid,
}

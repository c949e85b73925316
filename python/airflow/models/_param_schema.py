"""Checks values against JSON schemas of draft 2020-12.

Airflow asks the package jsonschema; here all but a few of the words are checked at once and without it. A schema with
one of these few is left to the package, if it is installed; without it such a schema is refused with a message that
says so. The check of the scheduler, in Rust, is tested with the same recorded answers of Airflow.
"""

from __future__ import annotations

import datetime
import re

from airflow.exceptions import ParamValidationError
from airflow.models._param_rules import RULES, fits_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

#: Words of JSON schema, some of older drafts, that only the package knows.
_NEEDS_PACKAGE = frozenset(
    {"$dynamicRef", "$schema", "dependencies", "extends", "unevaluatedItems", "unevaluatedProperties"}
)
#: A schema within which references begin anew would be followed for ever.
_MOST_REFERENCES = 100


class Problem:
    """What is wrong with a value, and where in it.

    :ivar context: why none of several schemas fits
    """

    def __init__(self, message: str, schema: Any, path: tuple[Any, ...] = ()) -> None:
        self.message = message
        self.schema = schema if isinstance(schema, dict) else {}
        self.path = path
        self.is_weak = False
        self.fits_type = False
        self.context: list[Problem] = []

    def __str__(self) -> str:
        where = "".join(f"[{step!r}]" for step in self.path)
        return f"{self.message} (at {where})" if where else self.message

    def below(self, step: Any) -> Problem:
        """The same, told of the value that what is wrong is a part of."""
        self.path = (step, *self.path)
        return self

    def relevance(self) -> tuple[Any, ...]:
        return -len(self.path), [str(step) for step in self.path], not self.is_weak, not self.fits_type


def problem_of(value: Any, schema: dict[str, Any]) -> Problem | None:
    """What is wrong with a value, or None. Of several things the one that the package would name."""
    if _needs_package(schema):
        return _ask_package(value, schema)
    return _best(_Checker(schema).problems(value, schema))


def warn_of_old_date(value: Any, schema: dict[str, Any], problem: Problem) -> bool:
    """Whether it is a date in another form than RFC 3339, which is deprecated but accepted."""
    if problem.schema.get("format") != "date-time" or problem.path or not isinstance(value, str):
        return False
    from pendulum.parsing import parse_iso8601

    try:
        parsed = parse_iso8601(value)
    except Exception:
        return False
    if not isinstance(parsed, datetime.datetime):
        return False
    from airflow._deprecation import warn

    warn(f"the date {value!r} is not in the form of RFC 3339 (2024-01-31T12:00:00+00:00), which is deprecated")
    return True


def _best(problems: Iterable[Problem]) -> Problem | None:
    best: Problem | None = None
    for problem in problems:
        if best is None or problem.relevance() > best.relevance():
            best = problem
    while best is not None and best.context:
        nearest = sorted(best.context, key=Problem.relevance)
        if len(nearest) > 1 and nearest[0].relevance() == nearest[1].relevance():
            return best
        nearest[0].path = best.path + nearest[0].path
        best = nearest[0]
    return best


def _needs_package(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_needs_package, schema))
    if not isinstance(schema, dict):
        return False
    reference = schema.get("$ref", "#")
    if not _NEEDS_PACKAGE.isdisjoint(schema) or isinstance(schema.get("items"), list) or reference[:1] != "#":
        return True
    return any(_needs_package(inner) for word, inner in schema.items() if word not in ("const", "enum", "default"))


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
        return Problem(error.message, error.schema, tuple(error.absolute_path))
    return None


class _Checker:
    """Goes through a schema and the schemas in it."""

    def __init__(self, root: Any, references: int = 0) -> None:
        self._root = root
        self._references = references

    def problems(self, value: Any, schema: Any) -> Iterator[Problem]:
        if schema is False:
            yield Problem(f"{value!r} is not allowed", schema)
        if not isinstance(schema, dict):
            return
        for word, asked in schema.items():
            if word in RULES:
                message = RULES[word](value, asked)
                found = () if message is None else (self._problem(message, value, schema),)
            else:
                nested = getattr(self, "_" + word.replace("$", ""), None) if word in _NESTED else None
                found = () if nested is None else nested(value, asked, schema)
            yield from found

    @staticmethod
    def _problem(message: str, value: Any, schema: dict[str, Any]) -> Problem:
        problem = Problem(message, schema)
        problem.fits_type = "type" in schema and fits_type(value, schema["type"])
        return problem

    def _fits(self, value: Any, schema: Any) -> bool:
        return next(self.problems(value, schema), None) is None

    def _below(self, step: Any, value: Any, schema: Any) -> Iterator[Problem]:
        return (problem.below(step) for problem in self.problems(value, schema))

    def _items(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        first = len(schema.get("prefixItems", ()))
        if not isinstance(value, list) or len(value) <= first:
            return
        if asked is False:
            yield self._problem(f"{value!r} has more than {first} items", value, schema)
            return
        for position in range(first, len(value)):
            yield from self._below(position, value[position], asked)

    def _prefixItems(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        for position, (item, inner) in enumerate(zip(value, asked) if isinstance(value, list) else ()):
            yield from self._below(position, item, inner)

    def _contains(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        if not isinstance(value, list):
            return
        found = sum(self._fits(item, asked) for item in value)
        least, most = schema.get("minContains", 1), schema.get("maxContains", len(value))
        if not least <= found <= most:
            bounds = f"{least} to {most}" if "maxContains" in schema else f"{least} or more"
            message = f"{value!r} has {found} items that fit the schema of `contains`, not {bounds}"
            yield self._problem(message, value, schema)

    def _properties(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        for name, inner in asked.items() if isinstance(value, dict) else ():
            if name in value:
                yield from self._below(name, value[name], inner)

    def _patternProperties(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        for pattern, inner in asked.items() if isinstance(value, dict) else ():
            for name, item in value.items():
                if re.search(pattern, name):
                    yield from self._below(name, item, inner)

    def _additionalProperties(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        if not isinstance(value, dict):
            return
        known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        others = [n for n in value if n not in known and not any(re.search(pattern, n) for pattern in patterns)]
        if asked is False and others:
            message = f"the properties {', '.join(map(repr, sorted(others)))} are not allowed"
            yield self._problem(message, value, schema)
        elif asked is not False:
            for name in others:
                yield from self._below(name, value[name], asked)

    def _propertyNames(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        for name in value if isinstance(value, dict) else ():
            yield from self.problems(name, asked)

    def _dependentSchemas(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        for name, inner in asked.items() if isinstance(value, dict) else ():
            if name in value:
                yield from self.problems(value, inner)

    def _allOf(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        for inner in asked:
            yield from self.problems(value, inner)

    def _anyOf(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        found = [list(self.problems(value, inner)) for inner in asked]
        if all(found):
            problem = self._problem(f"{value!r} is not valid under any of the given schemas", value, schema)
            problem.is_weak = True
            problem.context = [inner for problems in found for inner in problems]
            yield problem

    def _oneOf(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:  # noqa: N802
        fitting = [inner for inner in asked if self._fits(value, inner)]
        if not fitting:
            yield from self._anyOf(value, asked, schema)
        elif len(fitting) > 1:
            schemas = ", ".join(map(repr, fitting))
            problem = self._problem(f"{value!r} has to fit exactly one of {schemas}", value, schema)
            problem.is_weak = True
            yield problem

    def _not(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        if self._fits(value, asked):
            yield self._problem(f"{value!r} should not be valid under {asked!r}", value, schema)

    def _if(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        return self.problems(value, schema.get("then" if self._fits(value, asked) else "else", True))

    def _ref(self, value: Any, asked: Any, schema: dict[str, Any]) -> Iterator[Problem]:
        found = self._root
        for step in asked[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(step)] if isinstance(found, list) else found[step]
            except (LookupError, ValueError, TypeError):
                raise ParamValidationError(f"the schema of a param refers to {asked!r}, which is not in it") from None
        if self._references < _MOST_REFERENCES:
            yield from _Checker(self._root, self._references + 1).problems(value, found)


_NESTED = frozenset(
    "items prefixItems contains properties patternProperties additionalProperties propertyNames dependentSchemas allOf "
    "anyOf oneOf not if $ref".split()
)

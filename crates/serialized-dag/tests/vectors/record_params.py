"""Records what Airflow 2.10.5 says of values for its Params: which it takes, and which rule refuses the others.

Run with a Python that has apache-airflow 2.10.5: python record_params.py
Writes params.json beside this file: rows of schema, value, and null or [keyword, path to what is wrong].
"""

import json
import pathlib
import random
import warnings

import jsonschema
from airflow.exceptions import ParamValidationError
from airflow.models.param import Param

# Schema, and values for it.
CASES = [
    ({}, [None, 1, "x"]),
    ({"type": "integer"}, [5, 5.0, 5.5, True, "5", None, 10**20]),
    ({"type": "number"}, [5, 5.5, True, "x"]),
    ({"type": ["null", "string"]}, [None, "x", 5, [], {}]),
    ({"type": "boolean"}, [True, 0, "true"]),
    ({"type": "array"}, [[], {}, "x"]),
    ({"type": "object"}, [[], {}, "x"]),
    ({"enum": ["a", 1, [1, True], {"k": 1.0}]}, ["a", 1, 1.0, True, [1, 1], [1, True], [1.0, True], {"k": 1}, "b"]),
    ({"enum": [True]}, [1, True]),
    ({"const": 1}, [1, 1.0, True, "1"]),
    ({"const": None}, [None, 0]),
    ({"minimum": 1, "maximum": 3}, [0, 1, 3, 3.5, "x", True]),
    ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, [1, 1.5, 3, 2.999]),
    ({"multipleOf": 5}, [10, 12, 10.0, 10.5, 0, -5, "x"]),
    ({"multipleOf": 0.1}, [0.3, 0.5, 1, 0.25]),
    ({"multipleOf": 2.5}, [5, 6, 7.5]),
    ({"minLength": 2, "maxLength": 3}, ["é", "ab", "abcd", "日本", [1]]),
    ({"minLength": 1}, ["", "x"]),
    ({"maxLength": 0}, ["", "x"]),
    ({"pattern": "^a+$"}, ["aa", "ab", "", 5]),
    ({"pattern": "b"}, ["abc", "ac"]),
    ({"pattern": "\\d{2}"}, ["x12", "x1"]),
    (
        {"format": "date"},
        ["2024-02-29", "2023-02-29", "2024-2-9", "20240229", "2024-01-01T00:00:00Z", 5, "0000-01-01", None],
    ),
    (
        {"format": "date-time"},
        [
            "2024-01-01T00:00:00Z",
            "2024-01-01t00:00:00+09:00",
            "2024-01-01T00:00:00.5-03:30",
            "2024-01-01T00:00:00",
            "2024-01-01 00:00:00",
            "2024-01-01",
            "20240101T000000",
            "2024-02-30T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "x",
            5,
            "2024-01-01T00:00:60Z",
            "2024-01-01T10:30",
            "2024-01-01T10",
            "2024-W05-1T10:00:00",
            "2024-01-01T00:00:00+0900",
            "2024-01-01 00:00:00+00:00",
            "2024-01-01T00:00:00 +00:00",
            "",
            "0000-01-01T00:00:00Z",
            "2024-001T10:00:00",
        ],
    ),
    ({"type": "string", "format": "date-time", "minLength": 30}, ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00", "x"]),
    ({"type": ["null", "string"], "format": "date-time"}, [None, "2024-01-01T00:00:00", "x", 5]),
    ({"format": "time"}, ["10:11:12", "1:2:3", "24:00:00", "10:11", "10:11:60", "10:11:12Z", 5]),
    ({"format": "email"}, ["a@b", "ab", 5]),
    ({"format": "idn-email"}, ["a@b", "ab"]),
    ({"format": "ipv4"}, ["127.0.0.1", "127.0.0", "127.0.0.256", "127.0.0.01", "::1"]),
    ({"format": "ipv6"}, ["::1", "::ffff:1.2.3.4", "1::2::3", "fe80::1%eth0", "127.0.0.1"]),
    ({"format": "regex"}, ["a+", "(", "(?=x)", "[", "*"]),
    (
        {"format": "uuid"},
        [
            "123e4567-e89b-12d3-a456-426614174000",
            "123E4567-E89B-12D3-A456-426614174000",
            "x" * 36,
            "g23e4567-e89b-12d3-a456-426614174000",
        ],
    ),
    ({"format": "uri"}, ["no uri at all", "https://x"]),
    ({"format": "hostname"}, ["not a host"]),
    ({"format": "multiline"}, ["x"]),
    ({"minItems": 1, "maxItems": 2}, [[], [1], [1, 2, 3], "x"]),
    ({"uniqueItems": True}, [[1, 1.0], [1, True], [[1], [1]], [{"a": 1}, {"a": 2}], ["a", "b"]]),
    ({"items": {"type": "string"}}, [["x", 1], ["x"], [], {"a": 1}]),
    (
        {"type": "array", "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "integer"}}}},
        [[{"k": 1}], [{"k": "x"}], [{}], [5, {}]],
    ),
    (
        {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
        [["x", 1], ["x", "y"], ["x", 1, 2], ["x"]],
    ),
    ({"prefixItems": [{"type": "string"}], "items": {"type": "null"}}, [["x", None], ["x", 1]]),
    ({"contains": {"type": "integer"}}, [["x", 1], ["x"], []]),
    ({"contains": {"type": "integer"}, "minContains": 2, "maxContains": 3}, [[1], [1, 2], [1, 2, 3, 4]]),
    ({"minProperties": 1, "maxProperties": 2}, [{}, {"a": 1}, {"a": 1, "b": 2, "c": 3}]),
    ({"required": ["a", "b"]}, [{"a": 1, "b": 2}, {"b": 1}, {"a": 1}, "x"]),
    (
        {"properties": {"a": {"type": "string"}, "b": {"minimum": 3}}},
        [{"a": "x"}, {"a": 1}, {"a": 1, "b": 1}, {"c": 5}],
    ),
    ({"properties": {"a": {"properties": {"b": {"const": 1}}}}}, [{"a": {"b": 1}}, {"a": {"b": 2}}]),
    ({"patternProperties": {"^x": {"type": "integer"}}}, [{"x1": 1}, {"x1": "y"}, {"y": "z"}]),
    ({"properties": {"a": {}}, "additionalProperties": False}, [{"a": 1}, {"a": 1, "b": 2}]),
    (
        {"properties": {"a": {}}, "patternProperties": {"^x": {}}, "additionalProperties": False},
        [{"x": 1}, {"y": 1, "z": 1}],
    ),
    ({"additionalProperties": {"type": "integer"}}, [{"a": 1}, {"a": "x"}]),
    ({"propertyNames": {"maxLength": 2}}, [{"ab": 1}, {"abc": 1}]),
    ({"dependentRequired": {"a": ["b"]}}, [{"a": 1}, {"a": 1, "b": 1}, {"b": 1}]),
    ({"dependentSchemas": {"a": {"required": ["c"]}}}, [{"a": 1}, {"a": 1, "c": 1}, {}]),
    ({"allOf": [{"minimum": 3}, {"type": "integer"}]}, [5, 2, 5.5, "x"]),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, [5, None, "x"]),
    ({"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string"}]}, [5, 2, "x", None]),
    (
        {"anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}, {"type": "string"}]},
        [{"a": "x"}, {}, 5, "x"],
    ),
    (
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "time"}]},
        ["2024-01-01T00:00:00", "x", "10:11:12"],
    ),
    ({"anyOf": [{"type": "string", "format": "date-time"}]}, ["2024-01-01T00:00:00", "x"]),
    ({"oneOf": [{"type": "integer"}, {"minimum": 3}]}, [1, 5, "x", 2.5, 3.5]),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, ["x", 5]),
    ({"not": {"type": "string"}}, ["x", 5]),
    ({"not": {"enum": [1]}}, [1, 2, True]),
    ({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 3}}, ["x", "xy", 2, 4]),
    (
        {"if": {"properties": {"kind": {"const": "a"}}}, "then": {"required": ["size"]}},
        [{"kind": "a"}, {"kind": "b"}, {"kind": "a", "size": 1}],
    ),
    ({"$defs": {"port": {"type": "integer", "maximum": 9}}, "items": {"$ref": "#/$defs/port"}}, [[1], [10], ["x"]]),
    (
        {"properties": {"next": {"$ref": "#"}, "id": {"type": "integer"}}},
        [{"id": 1, "next": {"id": "x"}}, {"next": {"next": {"id": 1}}}],
    ),
    ({"properties": {"a": True, "b": False}}, [{"a": 1}, {"b": 1}]),
    ({"type": "string", "minLength": 5, "pattern": "^z"}, ["a", "zzzzzz"]),
    ({"type": "integer", "anyOf": [{"minimum": 5}], "enum": [1, 2]}, ["x", 3, 1, 7]),
    ({"section": "Choices", "title": "x", "description": "y", "examples": ["a"], "values_display": {"a": "b"}}, ["z"]),
]


def outcome(schema, value):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Param(value, schema=schema).resolve()
    except (ParamValidationError, AttributeError):
        # Airflow trips over the schema `false`, which has no rule to name.
        try:
            jsonschema.validate(value, schema, format_checker=jsonschema.FormatChecker())
        except jsonschema.ValidationError as error:
            return [error.validator or "false", list(error.absolute_path)]
        raise
    return None


def drawn_value(rng, depth=2):
    kinds = [
        lambda: rng.choice(["", "a", "ab", "abc", "2024-01-01", "zz"]),
        lambda: rng.randint(-3, 8),
        lambda: rng.choice([0.5, 2.0, 3.5]),
        lambda: rng.choice([True, False, None]),
    ]
    if depth:
        kinds.append(lambda: [drawn_value(rng, depth - 1) for _ in range(rng.randint(0, 3))])
        kinds.append(lambda: {name: drawn_value(rng, depth - 1) for name in rng.sample("abc", rng.randint(0, 3))})
    return rng.choice(kinds)()


def drawn_schema(rng, depth=2):
    words = {
        "type": lambda: rng.choice(["string", "integer", "number", "object", "array", ["null", "string"], "boolean"]),
        "enum": lambda: [drawn_value(rng, 1) for _ in range(3)],
        "minimum": lambda: rng.randint(-1, 4),
        "maximum": lambda: rng.randint(1, 6),
        "multipleOf": lambda: rng.choice([2, 3, 0.5]),
        "minLength": lambda: rng.randint(0, 2),
        "maxLength": lambda: rng.randint(0, 2),
        "pattern": lambda: rng.choice(["^a", "b$", "."]),
        "format": lambda: rng.choice(["date", "email"]),
        "minItems": lambda: rng.randint(0, 2),
        "maxItems": lambda: rng.randint(0, 2),
        "uniqueItems": lambda: True,
        "required": lambda: rng.sample("abc", rng.randint(1, 2)),
        "maxProperties": lambda: rng.randint(0, 2),
        "const": lambda: drawn_value(rng, 1),
    }
    if depth:
        below = lambda: drawn_schema(rng, depth - 1)  # noqa: E731
        words |= {
            "items": below,
            "properties": lambda: {name: below() for name in rng.sample("abc", 2)},
            "additionalProperties": lambda: rng.choice([False, below()]),
            "anyOf": lambda: [below(), below()],
            "oneOf": lambda: [below(), below()],
            "allOf": lambda: [below(), below()],
            "not": below,
            "if": below,
            "then": below,
            "else": below,
            "contains": below,
            "propertyNames": below,
        }
    return {word: words[word]() for word in rng.sample(sorted(words), rng.choice([1, 1, 2, 3]))}


def main():
    rng = random.Random(5)
    rows = [[schema, value, outcome(schema, value)] for schema, values in CASES for value in values]
    drawn = 0
    while drawn < 500:
        schema, value = drawn_schema(rng), drawn_value(rng)
        try:
            result = outcome(schema, value)
        except TypeError:
            # Where jsonschema sorts names and positions together.
            continue
        # Accepted values tell little, and names are checked in the order of a set.
        if (result is None and rng.random() < 0.6) or (result and result[0] == "additionalProperties"):
            continue
        rows.append([schema, value, result])
        drawn += 1
    lines = ",\n".join(json.dumps(row) for row in rows)
    (pathlib.Path(__file__).parent / "params.json").write_text(f"[\n{lines}\n]\n")


main()

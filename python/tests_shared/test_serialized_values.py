"""Every kind of value in its serialized form, which is the same with both SDKs, and back."""

from __future__ import annotations

import datetime
import enum
import json
from typing import Any, Callable

import pytest

UTC = datetime.timezone.utc


class Colour(enum.Enum):
    RED = "red"


class Level(str, enum.Enum):
    LOW = "low"


class Number(enum.IntEnum):
    ONE = 1


class Thing:
    def __str__(self) -> str:
        return "a thing"


def named_function() -> None:
    pass


def typed(kind: str, value: Any) -> dict[str, Any]:
    return {"__type": kind, "__var": value}


def lazily(path: str, *args: Any, **kwargs: Any) -> Callable[[], Any]:
    """Makes an object of a class that is imported when the test runs."""

    def make() -> Any:
        module, _, name = path.partition(":")
        return getattr(__import__(module, fromlist=[name]), name)(*args, **kwargs)

    return make


def relative(**kwargs: Any) -> Callable[[], Any]:
    return lazily("dateutil.relativedelta:relativedelta", **kwargs)


def last_friday() -> Any:
    from dateutil.relativedelta import FR, relativedelta

    return relativedelta(weekday=FR(-1))


def datasets_joined() -> Any:
    from airflow.datasets import Dataset

    return (Dataset("s3://a/1") & Dataset("s3://a/2")) | Dataset("s3://a/3", extra={"k": 1})


def not_set() -> Any:
    from airflow.utils.types import NOTSET

    return NOTSET


def dataset(uri: str, extra: Any = None) -> dict[str, Any]:
    return {"__type": "dataset", "uri": uri, "extra": extra}


PARAM = {
    "__class": "airflow.models.param.Param",
    "default": 3,
    "description": None,
    "schema": typed("dict", {"type": "integer"}),
}
KEY = {"dag_id": "d", "task_id": "t", "run_id": "r", "try_number": 2, "map_index": -1}

#: A value or what makes it, its form, and whether reading the form gives an equal value.
CASES: dict[str, tuple[Any, Any, bool]] = {
    "none": (None, None, True),
    "bool": (True, True, True),
    "float": (1.5, 1.5, True),
    "text": ("ü", "ü", True),
    "enum of text": (Level.LOW, "low", True),
    "enum of numbers": (Number.ONE, 1, True),
    "enum": (Colour.RED, "Colour.RED", False),
    "list": ([1, [2]], [1, [2]], True),
    "tuple": ((1, "a"), typed("tuple", [1, "a"]), True),
    "set": ({"b", "a"}, typed("set", ["a", "b"]), True),
    "frozenset": (frozenset(("a",)), "frozenset({'a'})", False),
    "dict": ({1: (2,), "n": None}, typed("dict", {"1": typed("tuple", [2]), "n": None}), False),
    "datetime": (datetime.datetime(2024, 1, 1, tzinfo=UTC), typed("datetime", 1704067200.0), True),
    "date": (datetime.date(2024, 1, 1), "2024-01-01", False),
    "timedelta": (datetime.timedelta(minutes=1), typed("timedelta", 60.0), True),
    "zone": (lazily("pendulum:timezone", "Asia/Seoul"), typed("timezone", "Asia/Seoul"), True),
    "zone of an offset": (lazily("pendulum:timezone", 19800), typed("timezone", 19800), True),
    "UTC": (lazily("pendulum:timezone", "UTC"), typed("timezone", "UTC"), True),
    "relativedelta": (relative(months=1, day=3), typed("relativedelta", {"months": 1, "day": 3}), True),
    "weekday": (last_friday, typed("relativedelta", {"weekday": [4, -1]}), True),
    "param": (lazily("airflow.models.param:Param", 3, type="integer"), typed("param", PARAM), False),
    "dataset": (
        lazily("airflow.datasets:Dataset", "s3://a/1"),
        typed("dataset", {"uri": "s3://a/1", "extra": None}),
        True,
    ),
    "alias": (lazily("airflow.datasets:DatasetAlias", "x"), typed("dataset_alias", {"name": "x"}), True),
    "datasets": (
        datasets_joined,
        typed(
            "dataset_any",
            {
                "objects": [
                    {"__type": "dataset_all", "objects": [dataset("s3://a/1"), dataset("s3://a/2")]},
                    dataset("s3://a/3", {"k": 1}),
                ]
            },
        ),
        False,
    ),
    "key": (lazily("airflow.models.taskinstancekey:TaskInstanceKey", **KEY), typed("task_instance_key", KEY), True),
    "exception": (
        lazily("airflow.exceptions:AirflowException", "no"),
        typed(
            "airflow_exc_ser",
            typed(
                "dict",
                {
                    "exc_cls_name": "airflow.exceptions.AirflowException",
                    "args": typed("tuple", ["no"]),
                    "kwargs": typed("dict", {}),
                },
            ),
        ),
        False,
    ),
    "key error": (
        KeyError("k"),
        typed(
            "base_exc_ser",
            typed(
                "dict",
                {"exc_cls_name": "KeyError", "args": [typed("tuple", ["k"])], "kwargs": typed("dict", {})},
            ),
        ),
        False,
    ),
    "other error": (ValueError("v"), "v", False),
    "function": (named_function, "def named_function() -> None:\n    pass\n", False),
    "built-in function": (len, "No source code available for <class 'builtin_function_or_method'>", False),
    "not set": (not_set, typed("arg_not_set", None), True),
    "object": (Thing(), "a thing", False),
    "bytes": (b"x", "b'x'", False),
}


def value_of(case: str) -> Any:
    made = CASES[case][0]
    # A function is a value, too.
    return made() if callable(made) and made not in (named_function, len) else made


@pytest.mark.parametrize("case", sorted(CASES))
def test_form(case: str) -> None:
    from airflow.serialization.serialized_objects import BaseSerialization

    assert json.loads(json.dumps(BaseSerialization.serialize(value_of(case)))) == CASES[case][1]


@pytest.mark.parametrize("case", sorted(case for case, (_, _, comes_back) in CASES.items() if comes_back))
def test_form_and_back(case: str) -> None:
    from airflow.serialization.serialized_objects import BaseSerialization

    value = value_of(case)
    again = BaseSerialization.deserialize(json.loads(json.dumps(BaseSerialization.serialize(value))))
    assert again == value


@pytest.mark.parametrize("value", [Thing(), datetime.date(2024, 1, 1), [b"x"]])
def test_strict(value: Any) -> None:
    from airflow.exceptions import SerializationError
    from airflow.serialization.serialized_objects import BaseSerialization

    with pytest.raises(SerializationError):
        BaseSerialization.serialize(value, strict=True)


@pytest.mark.parametrize(
    ("encoded", "error"),
    [(typed("nothing", 1), TypeError), ({"a": 1}, KeyError), ((1,), ValueError)],
)
def test_what_is_no_form(encoded: Any, error: type[Exception]) -> None:
    from airflow.serialization.serialized_objects import BaseSerialization

    with pytest.raises(error):
        BaseSerialization.deserialize(encoded)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("text", "text"),
        ("", ""),
        (None, None),
        ([], []),
        ({"a": [1]}, {"a": [1]}),
        ((1, 2), (1, 2)),
        ({"a": Thing}, str({"a": Thing})),
        ([datetime.date(2024, 1, 1)], "[datetime.date(2024, 1, 1)]"),
        ({"b"}, "{'b'}"),
        (
            "x" * 5000,
            f"Truncated. You can change this behaviour in [core]max_templated_field_length. {'x' * 4017!r}... ",
        ),
        (
            ["y" * 5000],
            "Truncated. You can change this behaviour in [core]max_templated_field_length. "
            + repr(("['" + "y" * 5000)[:4017])
            + "... ",
        ),
    ],
)
def test_template_fields(value: Any, stored: Any) -> None:
    from airflow.serialization.helpers import serialize_template_field

    assert serialize_template_field(value, "field") == stored

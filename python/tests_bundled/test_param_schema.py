"""Values of Params that Airflow takes and refuses, as they were recorded for the scheduler's own check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from airflow.exceptions import ParamValidationError
from airflow.models.param import Param

VECTORS = Path(__file__).parents[2] / "crates" / "serialized-dag" / "tests" / "vectors" / "params.json"
ROWS = json.loads(VECTORS.read_text())


def resolve(schema, value):
    try:
        return Param(value, schema=schema).resolve()
    except ParamValidationError as error:
        return error


@pytest.mark.parametrize(("schema", "value", "refused"), ROWS, ids=[str(number) for number in range(len(ROWS))])
def test_values_are_taken_and_refused_as_on_airflow(schema, value, refused):
    found = resolve(schema, value)
    assert isinstance(found, ParamValidationError) == bool(refused), found

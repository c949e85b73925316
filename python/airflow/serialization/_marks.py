"""The marks of encoded values as plain text, which JSON writes faster than enum members."""

from __future__ import annotations

from typing import Any

from airflow.serialization.enums import DagAttributeTypes as DAT
from airflow.serialization.enums import Encoding

TYPE = Encoding.TYPE.value
VAR = Encoding.VAR.value


def typed(value: Any, kind: DAT) -> dict[str, Any]:
    """`value` with its kind beside it."""
    return {VAR: value, TYPE: kind._value_}

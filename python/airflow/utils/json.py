"""JSON with the values that XComs may hold."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from airflow.serialization.serde import CLASSNAME, DATA, SCHEMA_ID, deserialize, serialize


class WebEncoder(json.JSONEncoder):
    """JSON for display: what has no form of its own is shown as Python shows it."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            from airflow.utils.timezone import convert_to_utc, is_naive

            return (convert_to_utc(o) if is_naive(o) else o).isoformat()
        if isinstance(o, date):
            return o.strftime("%Y-%m-%d")
        if isinstance(o, Decimal):
            return serialize(o)[DATA]
        if isinstance(o, bytes):
            try:
                return o.decode("unicode_escape")
            except UnicodeDecodeError:
                return repr(o)
        try:
            data = serialize(o)
        except TypeError:
            return repr(o)
        if isinstance(data, dict) and data.get(CLASSNAME, "").startswith("numpy"):
            return data[DATA]
        return data


AirflowJsonEncoder = WebEncoder


class XComEncoder(json.JSONEncoder):
    """JSON for the values of XComs."""

    def default(self, o: Any) -> Any:
        try:
            return serialize(o)
        except TypeError:
            return super().default(o)

    def encode(self, o: Any) -> str:
        if isinstance(o, dict) and (CLASSNAME in o or SCHEMA_ID in o):
            raise AttributeError(f"reserved key {CLASSNAME} found in dict to serialize")
        # Python's own encoder makes lists of tuples. Airflow keeps only the outermost one.
        return super().encode(self.default(o) if isinstance(o, tuple) else o)


class XComDecoder(json.JSONDecoder):
    """The values of XComs from JSON."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("object_hook"):
            kwargs["object_hook"] = self.object_hook
        super().__init__(*args, **kwargs)

    def object_hook(self, dct: dict[str, Any]) -> Any:
        return deserialize(dct)

    @staticmethod
    def orm_object_hook(dct: dict[str, Any]) -> Any:
        """For display: loads no class."""
        return deserialize(dct, False)

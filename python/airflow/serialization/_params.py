"""Params as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.serialization._marks import TYPE
from airflow.serialization._values import serialize

_ATTRIBUTES = ("default", "description", "schema")


def encode_param(param: Any) -> dict[str, Any]:
    """One Param with its schema."""
    cls = type(param)
    return {
        "__class": f"{cls.__module__}.{cls.__name__}",
        "default": serialize(param.value),
        "description": serialize(param.description),
        "schema": serialize(param.schema),
    }


def encode_params(params: Any) -> list[tuple[str, dict[str, Any]]]:
    """The Params of a DAG or task in their order. Plain values count as Params without a schema."""
    from airflow.models.param import Param, ParamsDict

    encoded = []
    for name, value in params.items():
        param = params.get_param(name) if isinstance(params, ParamsDict) else value
        # A subclass would be unknown to the reader.
        if type(param) is not Param:
            param = Param(param)
        encoded.append((name, encode_param(param)))
    return encoded


def decode_param(encoded: dict[str, Any]) -> Any:
    """One Param. Before Airflow 2.2 its parts were stored unencoded."""
    from airflow.serialization._read_values import deserialize
    from airflow.utils.module_loading import import_string

    cls = import_string(encoded["__class"])
    parts = {name: encoded[name] for name in _ATTRIBUTES if name in encoded}
    return cls(**{name: deserialize(value) if _is_encoded(value) else value for name, value in parts.items()})


def _is_encoded(value: Any) -> bool:
    if isinstance(value, dict):
        return TYPE in value
    return isinstance(value, list) and all(isinstance(item, dict) and TYPE in item for item in value)


def decode_params(encoded: Any) -> Any:
    """The Params of a DAG or task: pairs, or an object as Airflow wrote until 2.9."""
    from airflow.models.param import Param, ParamsDict

    pairs = encoded.items() if isinstance(encoded, Mapping) else encoded
    return ParamsDict(
        {
            name: decode_param(value) if isinstance(value, dict) and "__class" in value else Param(value)
            for name, value in pairs
        }
    )

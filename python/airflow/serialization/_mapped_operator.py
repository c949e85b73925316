"""A mapped task as JSON, and what it is expanded over."""

from __future__ import annotations

from functools import cache
from typing import Any

from airflow.serialization._marks import VAR
from airflow.serialization._operator import encode_node
from airflow.serialization._values import serialize


def encode_mapped_operator(op: Any) -> dict[str, Any]:
    """A task made with `expand` or `expand_kwargs`."""
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.mappedoperator import MappedOperator

    encoded = encode_node(op, include_deps=op.deps != MappedOperator.deps_for(BaseOperator))
    encoded[op._expand_input_attr] = encode_expand_input(op._get_specified_expand_input())
    partial = encoded["partial_kwargs"]
    for name, default in _bare_arguments().items():
        if name in partial and partial[name] == default:
            del partial[name]
    encoded["_is_mapped"] = True
    return encoded


def encode_expand_input(expand_input: Any) -> dict[str, Any]:
    """What a task or task group is expanded over."""
    from airflow.models.expandinput import get_map_type_key

    return {"type": get_map_type_key(expand_input), "value": serialize(expand_input.value)}


@cache
def _bare_arguments() -> dict[str, Any]:
    """What `partial` adds by itself, which the reader knows."""
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.expandinput import EXPAND_INPUT_EMPTY

    bare = BaseOperator.partial(task_id="_")._expand(EXPAND_INPUT_EMPTY, strict=False)
    encoded: dict[str, Any] = serialize(bare.partial_kwargs)[VAR]
    return encoded

"""Datasets and conditions over them as JSON, and back."""

from __future__ import annotations

from typing import Any

from airflow.serialization._marks import TYPE
from airflow.serialization._values import serialize
from airflow.serialization.enums import DagAttributeTypes as DAT

_DATASET = DAT.DATASET.value
_ALIAS = DAT.DATASET_ALIAS.value
_ALL = DAT.DATASET_ALL.value
_ANY = DAT.DATASET_ANY.value


def encode_dataset_condition(var: Any) -> dict[str, Any]:
    """A dataset, an alias, or several of them joined by `&` or `|`."""
    from airflow.datasets import Dataset, DatasetAlias, DatasetAll, DatasetAny

    if isinstance(var, Dataset):
        return {TYPE: _DATASET, "uri": var.uri, "extra": var.extra}
    if isinstance(var, DatasetAlias):
        return {TYPE: _ALIAS, "name": var.name}
    for kind, cls in ((_ALL, DatasetAll), (_ANY, DatasetAny)):
        if isinstance(var, cls):
            return {TYPE: kind, "objects": [encode_dataset_condition(item) for item in var.objects]}
    raise ValueError(f"a {type(var).__name__} is no condition over datasets")


def decode_dataset_condition(var: dict[str, Any]) -> Any:
    """The condition that `encode_dataset_condition` wrote down."""
    from airflow.datasets import Dataset, DatasetAlias, DatasetAll, DatasetAny

    kind = var[TYPE]
    if kind == _DATASET:
        return Dataset(var["uri"], extra=var["extra"])
    if kind == _ALIAS:
        return DatasetAlias(name=var["name"])
    if kind in (_ALL, _ANY):
        joined = DatasetAll if kind == _ALL else DatasetAny
        return joined(*(decode_dataset_condition(item) for item in var["objects"]))
    raise ValueError(f"{kind!r} is no condition over datasets")


def encode_outlet_event_accessor(var: Any) -> dict[str, Any]:
    """What a task says about the event of one of its outlets."""
    return {
        "extra": var.extra,
        "dataset_alias_events": var.dataset_alias_events,
        "raw_key": serialize(var.raw_key),
    }


def decode_outlet_event_accessor(var: dict[str, Any]) -> Any:
    """What `encode_outlet_event_accessor` wrote down; one event instead of several is an older form."""
    from airflow.serialization._read_values import deserialize
    from airflow.utils.context import OutletEventAccessor

    only_event = var.get("dataset_alias_event")
    return OutletEventAccessor(
        extra=var["extra"],
        raw_key=deserialize(var["raw_key"]),
        dataset_alias_events=[only_event] if only_event else var.get("dataset_alias_events", []),
    )

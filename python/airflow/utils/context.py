"""The context of a task: what its templates, its `execute` and its callbacks see."""

from __future__ import annotations

import contextlib
import copy
import functools
import warnings
from collections.abc import Container, ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from dataclasses import dataclass, field
from typing import Any

from airflow.exceptions import AirflowNotFoundException, RemovedInAirflow3Warning
from airflow.utils._lazy_proxy import LazyProxy
from airflow.utils.types import NOTSET

_CURRENT_KEYS = """
conf conn dag dag_run data_interval_end data_interval_start ds ds_nodash exception expanded_ti_count inlet_events
inlets logical_date macros map_index_template outlet_events outlets params prev_data_interval_end_success
prev_data_interval_start_success prev_end_date_success prev_start_date_success reason run_id task task_instance
task_instance_key_str templates_dict test_mode ti triggering_dataset_events try_number ts ts_nodash
ts_nodash_with_tz var
"""

#: Keys that still work but warn, and what to use.
_DEPRECATED_KEYS: dict[str, list[str]] = {
    "execution_date": ["data_interval_start", "logical_date"],
    "next_ds": ["{{ data_interval_end | ds }}"],
    "next_ds_nodash": ["{{ data_interval_end | ds_nodash }}"],
    "next_execution_date": ["data_interval_end"],
    "prev_ds": [],
    "prev_ds_nodash": [],
    "prev_execution_date": [],
    "prev_execution_date_success": ["prev_data_interval_start_success"],
    "tomorrow_ds": [],
    "tomorrow_ds_nodash": [],
    "yesterday_ds": [],
    "yesterday_ds_nodash": [],
    "conf": [],
}

KNOWN_CONTEXT_KEYS: set[str] = {*_CURRENT_KEYS.split(), *_DEPRECATED_KEYS}


class VariableAccessor:
    """``var.value.KEY`` and ``var.json.KEY``."""

    def __init__(self, *, deserialize_json: bool) -> None:
        self._deserialize_json = deserialize_json
        self.var: Any = None

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            # Python itself asks for these, for example to copy.
            raise AttributeError(key)
        self.var = self.get(key)
        return self.var

    def __repr__(self) -> str:
        return str(self.var)

    def get(self, key: str, default: Any = NOTSET) -> Any:
        from airflow.models.variable import Variable

        if default is NOTSET:
            return Variable.get(key, deserialize_json=self._deserialize_json)
        return Variable.get(key, default, deserialize_json=self._deserialize_json)


class ConnectionAccessor:
    """``conn.ID``."""

    def __init__(self) -> None:
        self.var: Any = None

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        from airflow.models.connection import Connection

        self.var = Connection.get_connection_from_secrets(key)
        return self.var

    def __repr__(self) -> str:
        return str(self.var)

    def get(self, key: str, default_conn: Any = None) -> Any:
        from airflow.models.connection import Connection

        try:
            return Connection.get_connection_from_secrets(key)
        except AirflowNotFoundException:
            return default_conn


@dataclass
class OutletEventAccessor:
    """The event that a task will leave for one of its outlets."""

    raw_key: Any
    extra: dict[str, Any] = field(default_factory=dict)
    dataset_alias_events: list[Any] = field(default_factory=list)

    def add(self, dataset: Any, extra: dict[str, Any] | None = None) -> None:
        """Through an alias: an event of `dataset`."""
        from airflow.datasets import Dataset, DatasetAlias, DatasetAliasEvent

        if isinstance(dataset, str):
            _warn_text("a dataset event is added", "the Dataset itself")
            uri = dataset
        elif isinstance(dataset, Dataset):
            uri = dataset.uri
        else:
            return
        alias = self.raw_key.name if isinstance(self.raw_key, DatasetAlias) else self.raw_key
        if isinstance(alias, str):
            self.dataset_alias_events.append(
                DatasetAliasEvent(source_alias_name=alias, dest_dataset_uri=uri, extra=extra or {})
            )


def _warn_text(action: str, instead: str) -> None:
    warnings.warn(f"{action} by text, which is deprecated; use {instead}", DeprecationWarning, stacklevel=4)


class OutletEventAccessors(Mapping[str, OutletEventAccessor]):
    """``outlet_events[dataset or alias]``."""

    def __init__(self) -> None:
        self._dict: dict[str, OutletEventAccessor] = {}

    def __str__(self) -> str:
        return f"OutletEventAccessors(_dict={self._dict})"

    def __iter__(self) -> Iterator[str]:
        return iter(self._dict)

    def __len__(self) -> int:
        return len(self._dict)

    def __getitem__(self, key: Any) -> OutletEventAccessor:
        from airflow.datasets import extract_event_key

        if isinstance(key, str):
            _warn_text("an outlet event is looked up", "the Dataset or DatasetAlias")
        event_key = extract_event_key(key)
        if event_key not in self._dict:
            self._dict[event_key] = OutletEventAccessor(raw_key=key)
        return self._dict[event_key]


class InletEventsAccessors(Mapping[str, Any]):
    """``inlet_events[dataset, alias or position]``: the stored events, oldest first."""

    def __init__(self, inlets: list[Any], *, session: Any = None) -> None:
        self._inlets = inlets

    def __iter__(self) -> Iterator[Any]:
        return iter(self._inlets)

    def __len__(self) -> int:
        return len(self._inlets)

    def __getitem__(self, key: Any) -> list[Any]:
        from airflow.datasets import Dataset, DatasetAlias, extract_event_key
        from airflow.models.dataset import events_of

        if isinstance(key, int):
            key = self._inlets[key]
            if not isinstance(key, (Dataset, DatasetAlias)):
                raise IndexError(key)
        elif isinstance(key, str):
            _warn_text("an inlet event is looked up", "the Dataset")
        elif not isinstance(key, (Dataset, DatasetAlias)):
            raise ValueError(key)
        name = extract_event_key(key)
        kind = DatasetAlias if isinstance(key, DatasetAlias) else Dataset
        known = (item for item in self._inlets if isinstance(item, kind))
        if not any(extract_event_key(item) == name for item in known):
            raise KeyError(name)
        return events_of(alias=name) if kind is DatasetAlias else events_of(uri=name)


class AirflowContextDeprecationWarning(RemovedInAirflow3Warning):
    """A deprecated key of the context was read."""


def _create_deprecation_warning(key: str, replacements: list[str]) -> RemovedInAirflow3Warning:
    message = f"the context's key {key!r} is deprecated"
    if replacements:
        message += "; use " + " or ".join(repr(item) for item in replacements)
    return AirflowContextDeprecationWarning(message)


class Context(MutableMapping[str, Any]):
    """A mapping that warns when, and only when, a deprecated key is read."""

    _DEPRECATION_REPLACEMENTS = _DEPRECATED_KEYS

    def __init__(self, context: MutableMapping[str, Any] | None = None, **kwargs: Any) -> None:
        # Not `or`: an empty mapping that was passed is the caller's to fill.
        self._context: MutableMapping[str, Any] = {} if context is None else context
        if kwargs:
            self._context.update(kwargs)
        self._deprecation_replacements = self._DEPRECATION_REPLACEMENTS.copy()

    def __repr__(self) -> str:
        return repr(self._context)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return dict, ([(key, self[key]) for key in self._context],)

    def __copy__(self) -> Context:
        new = type(self)(copy.copy(self._context))
        new._deprecation_replacements = self._deprecation_replacements.copy()
        return new

    def __getitem__(self, key: str) -> Any:
        replacements = self._deprecation_replacements.get(key)
        if replacements is not None:
            warnings.warn(_create_deprecation_warning(key, replacements), stacklevel=2)
        return self._context[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._deprecation_replacements.pop(key, None)
        self._context[key] = value

    def __delitem__(self, key: str) -> None:
        self._deprecation_replacements.pop(key, None)
        del self._context[key]

    def __contains__(self, key: object) -> bool:
        return key in self._context

    def __iter__(self) -> Iterator[str]:
        return iter(self._context)

    def __len__(self) -> int:
        return len(self._context)

    def __eq__(self, other: Any) -> bool:
        return self._context == other._context if isinstance(other, Context) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def keys(self) -> KeysView[str]:
        return self._context.keys()

    def items(self) -> ItemsView[str, Any]:
        """Without warnings: nobody asked for a single key."""
        return ItemsView(self._context)

    def values(self) -> ValuesView[Any]:
        return ValuesView(self._context)


def context_merge(context: Context, *args: Any, **kwargs: Any) -> None:
    """`context.update`."""
    context.update(*args, **kwargs)


def context_update_for_unmapped(context: Context, task: Any) -> None:
    """Makes `task`, one instance of a mapped task, the context's task."""
    from airflow.models.param import process_params

    context["task"] = context["ti"].task = task
    context["params"] = process_params(context["dag"], task, context["dag_run"], suppress_exception=False)


def context_copy_partial(source: Context, keys: Container[str]) -> Context:
    """A context of the given keys only."""
    # Only these are looked up: others may be questions to the supervisor.
    new = Context({key: source._context[key] for key in source._context if key in keys})
    new._deprecation_replacements = source._deprecation_replacements.copy()
    return new


def lazy_mapping_from_context(source: Any, *, named: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """What ``**`` may unpack: deprecated keys warn when they are used, and costly values wait for that."""
    if not isinstance(source, Context):
        # User code passes plain dictionaries, too.
        return source
    if hasattr(source, "for_wildcard"):
        return source.for_wildcard(named)

    def warn_and_get(key: str, value: Any) -> Any:
        warnings.warn(_create_deprecation_warning(key, source._deprecation_replacements[key]), stacklevel=2)
        return value

    return {
        key: LazyProxy(functools.partial(warn_and_get, key, value))
        if key in source._deprecation_replacements
        else value
        for key, value in source._context.items()
    }


def context_get_outlet_events(context: Any) -> OutletEventAccessors:
    """The outlet events of a context, also of one without any."""
    with contextlib.suppress(KeyError):
        return context["outlet_events"]
    return OutletEventAccessors()

"""Events of datasets, as tasks see them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from airflow.exceptions import AirflowException


def events_of(*, uri: str | None = None, alias: str | None = None) -> list[Any]:
    """The stored events of a dataset, or those that came through an alias."""
    raise AirflowException(
        f"inlet_events of {uri or alias!r}: Updraft does not store the events of datasets yet. With apache-airflow "
        "installed and [updraft] python_sdk = apache they are read from the metadata database"
    )


def triggering_events(dag_run: Any) -> dict[str, list[Any]]:
    """The events that led to a run, by URI: none, since runs do not start by datasets yet."""
    return defaultdict(list)

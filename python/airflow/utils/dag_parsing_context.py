"""For which DAG and task a file is read, so that it can leave out the others."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

_DAG_ID = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"
_TASK_ID = "_AIRFLOW_PARSING_CONTEXT_TASK_ID"


class AirflowParsingContext(NamedTuple):
    """Both are None when all DAGs of the file are wanted."""

    dag_id: str | None
    task_id: str | None


@contextlib.contextmanager
def _airflow_parsing_context_manager(dag_id: str | None = None, task_id: str | None = None) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in (_DAG_ID, _TASK_ID)}
    _set({_DAG_ID: dag_id, _TASK_ID: task_id})
    try:
        yield
    finally:
        _set(before)


def _set(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def get_parsing_context() -> AirflowParsingContext:
    """What the DAG file is read for at this moment."""
    return AirflowParsingContext(os.environ.get(_DAG_ID), os.environ.get(_TASK_ID))

"""Runs a piece of a DAG file and gives what came of it."""

from __future__ import annotations

import json
import warnings

from authoring.snippets import PREAMBLE


def answer(code: str) -> dict:
    """`{"result": …}` or `{"error": name of the class}`."""
    names: dict = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(PREAMBLE, names)
            exec(code, names)
    except Exception as error:  # noqa: BLE001 - the answer
        return {"error": type(error).__name__}
    finally:
        _tidy()
    return {"result": json.loads(json.dumps(names.get("result"), default=str))}


def _tidy() -> None:
    """A piece that failed leaves its `with` blocks open."""
    from airflow.models.dag import DagContext
    from airflow.utils.setup_teardown import SetupTeardownContext
    from airflow.utils.task_group import TaskGroupContext

    DagContext._context_managed_dags.clear()
    TaskGroupContext._context_managed_task_group = None
    TaskGroupContext._previous_context_managed_task_groups.clear()
    TaskGroupContext.active = False
    SetupTeardownContext.active = False

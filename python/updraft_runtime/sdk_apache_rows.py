"""Turns the columns in a `run_task` message into Airflow's own ORM objects, without a query.

User code gets real `TaskInstance` and `DagRun` objects. Every column is loaded, so reading one needs
no database. They belong to a session that never flushes: relations are loaded when they are read, and
nothing that a task does to the objects is written by accident.
"""

from __future__ import annotations

import functools
import json
import pickle
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airflow import settings
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.serialization.serialized_objects import BaseSerialization
from airflow.settings import task_instance_mutation_hook
from airflow.utils.timezone import utc
from sqlalchemy import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.types import DateTime, TypeDecorator


def parse_time(text: str | None) -> datetime | None:
    """An instant in UTC. `trigger_timeout`, alone among the columns, has no time zone."""
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo is None else instant.astimezone(utc)


def _is_time(column: Any) -> bool:
    kind = column.type
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, DateTime)


def _columns(model: type) -> list[tuple[str, str, bool]]:
    """Attribute name, column name and whether it holds an instant, for each column of `model`."""
    return [
        (attribute.key, attribute.columns[0].name, _is_time(attribute.columns[0]))
        for attribute in inspect(model).column_attrs
    ]


_TASK_INSTANCE_COLUMNS = _columns(TaskInstance)
_DAG_RUN_COLUMNS = _columns(DagRun)


def _detached(model: type, columns: list[tuple[str, str, bool]], row: Mapping[str, Any]) -> Any:
    mapper = model.__mapper__
    instance = mapper.class_manager.new_instance()
    _set_columns(instance, columns, row)
    # As `make_transient_to_detached`, which also looks for columns that are not loaded: all are.
    key = [row.get(column.name) for column in mapper.primary_key]
    instance_state(instance).key = mapper.identity_key_from_primary_key(key)
    return instance


def _set_columns(instance: Any, columns: list[tuple[str, str, bool]], row: Mapping[str, Any]) -> None:
    # Like loading from the database: plain dictionary entries, no attribute events.
    loaded = instance.__dict__
    for attribute, column, is_time in columns:
        value = row.get(column)
        loaded[attribute] = parse_time(value) if is_time else value


def build_dag_run(row: Mapping[str, Any], pickled_conf: bytes) -> DagRun:
    conf = pickle.loads(pickled_conf) if pickled_conf else {}
    return _detached(DagRun, _DAG_RUN_COLUMNS, {**row, "conf": conf})


def build_task_instance(row: Mapping[str, Any], task: Any, dag_run: DagRun) -> TaskInstance:
    """The task instance of this try, with `task` and `dag_run` set.

    The row holds `executor_config` as a pickle that the parent never reads; it is the task's own.
    """
    row = {**row, "executor_config": task.executor_config, "next_kwargs": _next_kwargs(row.get("next_kwargs"))}
    ti = _detached(TaskInstance, _TASK_INSTANCE_COLUMNS, row)
    ti.init_on_load()
    set_committed_value(ti, "dag_run", dag_run)
    set_committed_value(ti, "task_instance_note", None)
    set_committed_value(ti, "trigger", None)
    ti.task = task
    ti.run_as_user = task.run_as_user
    # The hook may set attributes that are no columns; the columns are the row's, as on Airflow,
    # which reads them again from the database after the hook.
    task_instance_mutation_hook(ti)
    _set_columns(ti, _TASK_INSTANCE_COLUMNS, row)
    return ti


def _next_kwargs(text: str | None) -> Any:
    return None if text is None else BaseSerialization.deserialize(json.loads(text))


def private_session() -> Session:
    """A session which no `create_session` block of user code closes. Making one opens no connection."""
    return Session(bind=settings.engine, autoflush=False, expire_on_commit=False)


@functools.cache
def _prepared() -> Session:
    """Made by the rehearsal, before the fork, for the one try of a forked process."""
    return private_session()


def session_of(*objects: Any) -> Session:
    """The session of this process's try, with its `objects` in it."""
    session = _prepared()
    if session.bind is not settings.engine:
        session = private_session()
    # The rehearsal has several tries in one process.
    session.expunge_all()
    for instance in objects:
        # As `add`, which also adds all that can be reached over relations: nothing is, by now.
        session.enable_relationship_loading(instance)
        session.identity_map.add(instance_state(instance))
    return session


def release() -> None:
    """Leaves the try's session without objects; those that a rehearsal changed would be written."""
    _prepared().expunge_all()

"""Reads one XCom of one task without the ORM, whose first query costs a short task more than all else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from airflow.models.xcom import BaseXCom, XCom
from airflow.utils.xcom import XCOM_RETURN_KEY
from sqlalchemy import text

_NEWEST = text(
    """SELECT map_index, value
    FROM xcom
    WHERE dag_id = :dag_id AND run_id = :run_id AND task_id = :task_id AND "key" = :key
    ORDER BY timestamp DESC
    LIMIT 1"""
)


class StoredXCom(NamedTuple):
    """What a backend's `deserialize_value` gets of the row."""

    run_id: str
    task_id: str
    dag_id: str
    map_index: int
    value: bytes | None


def pull(
    original: Callable[..., Any],
    *,
    ti: Any,
    session: Any = None,
    task_ids: Any = None,
    dag_id: str | None = None,
    key: Any = XCOM_RETURN_KEY,
    include_prior_dates: bool = False,
    map_indexes: Any = None,
    default: Any = None,
) -> Any:
    """`TaskInstance.xcom_pull`. Everything but one key of one unmapped task is Airflow's to answer."""
    dag_id = ti.dag_id if dag_id is None else dag_id
    is_one = all(isinstance(name, str) for name in (dag_id, task_ids, key)) and map_indexes is None
    if is_one and not include_prior_dates and session is not None and XCom.get_many is BaseXCom.get_many:
        names = {"dag_id": dag_id, "run_id": ti.run_id, "task_id": task_ids}
        row = session.execute(_NEWEST, {**names, "key": key}).first()
        if row is None:
            return default
        if row.map_index < 0:
            value = None if row.value is None else bytes(row.value)
            return XCom.deserialize_value(StoredXCom(map_index=row.map_index, value=value, **names))
    return original(
        ti=ti,
        task_ids=task_ids,
        dag_id=dag_id,
        key=key,
        include_prior_dates=include_prior_dates,
        session=session,
        map_indexes=map_indexes,
        default=default,
    )

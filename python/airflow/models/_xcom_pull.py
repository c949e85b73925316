"""Reads XComs for `TaskInstance.xcom_pull`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow.models.xcom import BaseXCom, LazyXComSelectSequence


def pull(
    ti: Any,
    *,
    task_ids: str | Iterable[str] | None,
    dag_id: str | None,
    key: str | None,
    include_prior_dates: bool,
    map_indexes: int | Iterable[int] | None,
    default: Any,
) -> Any:
    """One value for one task; a lazy sequence for several tasks, for several map indexes, or a mapped task."""
    from airflow.models.xcom import XCom

    task_ids = task_ids if task_ids is None or isinstance(task_ids, str) else list(task_ids)
    is_one = not isinstance(task_ids, list) and not isinstance(map_indexes, Iterable)
    if isinstance(map_indexes, Iterable):
        map_indexes = list(map_indexes)
    query = {
        "key": key,
        "run_id": ti.run_id,
        "dag_ids": ti.dag_id if dag_id is None else dag_id,
        "task_ids": task_ids,
        "map_indexes": map_indexes,
        "include_prior_dates": include_prior_dates,
    }
    if not is_one:
        return LazyXComSelectSequence(_in_order(XCom.get_many(**query), task_ids, map_indexes), XCom)
    # Of one unmapped task in this run there is one at most; elsewhere the newest of many is wanted.
    is_single = isinstance(task_ids, str) and not include_prior_dates
    rows = XCom.get_many(**query, limit=None if is_single else 1)
    if not rows:
        return default
    if map_indexes is not None or rows[0].map_index < 0:
        return XCom.deserialize_value(rows[0])
    if not is_single:
        rows = XCom.get_many(**query)
    return LazyXComSelectSequence(_in_order(rows, None, None), XCom)


def _in_order(rows: list[BaseXCom], task_ids: Any, map_indexes: Any) -> list[BaseXCom]:
    """In the order in which tasks and map indexes were asked for, else by name and number."""
    tasks = {task_id: place for place, task_id in enumerate(task_ids)} if isinstance(task_ids, list) else None
    indexes = {index: place for place, index in enumerate(map_indexes)} if isinstance(map_indexes, list) else None
    return sorted(
        rows,
        key=lambda row: (
            row.task_id if tasks is None else tasks[row.task_id],
            row.map_index if indexes is None else indexes[row.map_index],
        ),
    )

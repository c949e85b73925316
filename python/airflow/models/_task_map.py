"""How many items the result of a task has, for those that expand over it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def length_of(operator: Any, run_id: str) -> int | None:
    """The number of items; None where the task has not finished."""
    from airflow import _supervisor

    values = _supervisor.get_xcoms(
        dag_id=operator.dag_id,
        run_id=run_id,
        task_ids=[operator.task_id],
        map_indexes=None,
        key="return_value",
        include_prior_dates=False,
    )
    from airflow.models.mappedoperator import MappedOperator

    if isinstance(operator, MappedOperator):
        return len(values)
    if not values:
        return None
    from airflow.models.xcom import XCom

    return len(XCom.deserialize_value(XCom(value=values[0]["value"])))

"""The rows of DAG runs that both sides must agree on, and how they differ."""

from __future__ import annotations

import datetime
import json
import pickle
from dataclasses import dataclass
from typing import Any

import sqlalchemy

from parity import volatile

LOGICAL_DATE = "2024-06-03T00:00:00+00:00"
RUN_COLUMNS = (
    "run_id",
    "state",
    "run_type",
    "external_trigger",
    "execution_date",
    "data_interval_start",
    "data_interval_end",
)
TASK_COLUMNS = (
    "state",
    "try_number",
    "max_tries",
    "pool",
    "pool_slots",
    "queue",
    "priority_weight",
    "operator",
    "executor",
)
FINAL = {"success", "failed", "skipped", "upstream_failed", "removed"}
Rows = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """`text` is `where: stock -> Updraft`; `task_id` is None where the whole run differs."""

    text: str
    task_id: str | None = None
    of_run_state: bool = False


def read(engine: sqlalchemy.engine.Engine) -> dict[str, Rows]:
    """Every run of the logical date: dag_id -> {"run": …, "task_instances": {"task[index]": …}, "xcoms": …}."""
    result: dict[str, Rows] = {}
    moment = {"moment": datetime.datetime.fromisoformat(LOGICAL_DATE)}
    if engine.dialect.name == "sqlite":
        moment["moment"] = moment["moment"].strftime("%Y-%m-%d %H:%M:%S.%f")
    with engine.connect() as connection:
        for row in _select(connection, f"conf, {', '.join(RUN_COLUMNS)} FROM dag_run r", moment):
            run = {column: _plain(row[column]) for column in RUN_COLUMNS}
            run["conf"] = pickle.loads(bytes(row["conf"])) if row["conf"] else {}
            run["external_trigger"] = bool(run["external_trigger"])
            result[row["dag_id"]] = {"run": run, "task_instances": {}, "xcoms": {}}
        of_runs = "JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id"
        columns = ", ".join(f"t.{column}" for column in TASK_COLUMNS)
        for row in _select(connection, f"task_id, map_index, {columns} FROM task_instance t {of_runs}", moment):
            values = {column: row[column] for column in TASK_COLUMNS}
            result[row["dag_id"]]["task_instances"][_label(row)] = values
        for row in _select(connection, f"task_id, map_index, key, value FROM xcom t {of_runs}", moment):
            value = bytes(row["value"]).decode() if row["value"] is not None else None
            result[row["dag_id"]]["xcoms"][f"{_label(row)} {row['key']}"] = value
    return {dag_id: _sorted(rows) for dag_id, rows in sorted(result.items())}


def _select(connection: sqlalchemy.engine.Connection, what: str, moment: dict[str, Any]) -> list[Any]:
    query = sqlalchemy.text(f"SELECT r.dag_id, {what} WHERE r.execution_date = :moment")
    return connection.execute(query, moment).mappings().all()


def _label(row: Any) -> str:
    return row["task_id"] if row["map_index"] < 0 else f"{row['task_id']}[{row['map_index']}]"


def _plain(value: Any) -> Any:
    """Dates as text in UTC, so that both database kinds print alike."""
    if hasattr(value, "astimezone"):
        return value.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def _sorted(rows: Rows) -> Rows:
    return json.loads(json.dumps(rows, sort_keys=True, default=str))


def is_finished(rows: Rows) -> bool:
    return rows["run"]["state"] in ("success", "failed")


def has_come_as_far(ours: Rows | None, stock: Rows, waiting: set[str]) -> bool:
    """Whether there is nothing more to wait for: what ended on stock and waits for no feature has ended."""
    if ours is None:
        return False
    if is_finished(ours):
        return True
    if is_finished(stock) and not waiting:
        return False
    return all(
        ours["task_instances"].get(label, {}).get("state") in FINAL
        for label, instance in stock["task_instances"].items()
        if instance["state"] in FINAL and task_of(label) not in waiting
    )


def task_of(label: str) -> str:
    """`task`, `task[3]` or `task[3] key`; no task id has a space or a bracket in it."""
    return label.partition(" ")[0].partition("[")[0]


def differences(dag_id: str, stock: Rows, ours: Rows | None) -> list[Difference]:
    """Each value that differs."""
    if ours is None:
        return [Difference("there is no such run")]
    ended = is_finished(stock)
    found = [
        Difference(f"run.{column}: {left} -> {right}", of_run_state=column == "state")
        for column, left, right in _compare(stock["run"], ours["run"], ended=ended)
    ]
    for label in sorted(stock["task_instances"].keys() | ours["task_instances"].keys()):
        left, right = stock["task_instances"].get(label), ours["task_instances"].get(label)
        if left is None or right is None:
            found.append(Difference(f"{label}: {left} -> {right}", task_of(label)))
            continue
        for column, *values in _compare(left, right, ended=ended):
            found.append(Difference(f"{label}.{column}: {values[0]} -> {values[1]}", task_of(label)))
    for label in sorted(stock["xcoms"].keys() | ours["xcoms"].keys()):
        left, right = (volatile.comparable(dag_id, label, side["xcoms"].get(label)) for side in (stock, ours))
        if left != right:
            found.append(Difference(f"XCom {label}: {left} -> {right}", task_of(label)))
    return found


def _compare(left: Rows, right: Rows, *, ended: bool) -> list[tuple[str, Any, Any]]:
    """Where a run never ends on stock, it is chance which state a task that goes on is found in."""
    unsettled = set()
    if not ended and not {left["state"], right["state"]} & FINAL:
        unsettled = {"state", "try_number"}
    return [
        (column, value, right.get(column))
        for column, value in left.items()
        if value != right.get(column) and column not in unsettled
    ]

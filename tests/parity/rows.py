"""The rows of DAG runs that both sides must agree on, and how they differ."""

from __future__ import annotations

import json
import pickle
from typing import Any

import sqlalchemy

RUN_COLUMNS = (
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
Rows = dict[str, Any]


def read(engine: sqlalchemy.engine.Engine, run_id: str) -> dict[str, Rows]:
    """Read every run of that id: dag_id -> {"run": …, "task_instances": {"task[index]": …}, "xcoms": …}."""
    result: dict[str, Rows] = {}
    with engine.connect() as connection:
        runs = connection.execute(
            sqlalchemy.text(f"SELECT dag_id, conf, {', '.join(RUN_COLUMNS)} FROM dag_run WHERE run_id = :run"),
            {"run": run_id},
        )
        for row in runs.mappings():
            run = {column: _plain(row[column]) for column in RUN_COLUMNS}
            run["conf"] = pickle.loads(bytes(row["conf"])) if row["conf"] else {}
            run["external_trigger"] = bool(run["external_trigger"])
            result[row["dag_id"]] = {"run": run, "task_instances": {}, "xcoms": {}}
        instances = connection.execute(
            sqlalchemy.text(
                f"SELECT dag_id, task_id, map_index, {', '.join(TASK_COLUMNS)} FROM task_instance WHERE run_id = :run"
            ),
            {"run": run_id},
        )
        for row in instances.mappings():
            values = {column: row[column] for column in TASK_COLUMNS}
            result[row["dag_id"]]["task_instances"][_label(row)] = values
        xcoms = connection.execute(
            sqlalchemy.text("SELECT dag_id, task_id, map_index, key, value FROM xcom WHERE run_id = :run"),
            {"run": run_id},
        )
        for row in xcoms.mappings():
            value = bytes(row["value"]).decode() if row["value"] is not None else None
            result[row["dag_id"]]["xcoms"][f"{_label(row)} {row['key']}"] = value
    return {dag_id: _sorted(rows) for dag_id, rows in sorted(result.items())}


def _label(row: Any) -> str:
    return row["task_id"] if row["map_index"] < 0 else f"{row['task_id']}[{row['map_index']}]"


def _plain(value: Any) -> Any:
    """Dates as text in UTC, so that both database kinds print alike."""
    if hasattr(value, "astimezone"):
        import datetime

        return value.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value


def _sorted(rows: Rows) -> Rows:
    return json.loads(json.dumps(rows, sort_keys=True, default=str))


def is_finished(rows: Rows) -> bool:
    return rows["run"]["state"] in ("success", "failed")


def differences(stock: Rows, ours: Rows | None, *, skip_xcoms: bool = False) -> list[str]:
    """One line for each value that differs, `stock -> Updraft`."""
    if ours is None:
        return ["there is no such run"]
    lines = _compare("run", stock["run"], ours["run"])
    for part in ("task_instances",) if skip_xcoms else ("task_instances", "xcoms"):
        for label in sorted(stock[part].keys() | ours[part].keys()):
            left, right = stock[part].get(label), ours[part].get(label)
            if isinstance(left, dict) and isinstance(right, dict):
                lines += _compare(label, left, right)
            elif left != right:
                lines.append(f"{label}: {left} -> {right}")
    return lines


def _compare(label: str, left: Rows, right: Rows) -> list[str]:
    return [f"{label}.{key}: {left[key]} -> {right.get(key)}" for key in left if left[key] != right.get(key)]

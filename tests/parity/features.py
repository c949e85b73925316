"""Features of Airflow that a DAG uses and Updraft does not have yet."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy

# What a serialized DAG contains, and the feature that it shows.
MARKS = {
    '"_is_mapped": true': "dynamic task mapping",
    '"is_mapped": true': "dynamic task mapping",
    '"_task_type": "SubDagOperator"': "SubDAGs (removed in Airflow 3; not planned)",
    '"start_from_trigger": true': "deferrable operators",
}


def missing(engine: sqlalchemy.engine.Engine, logs: Path) -> dict[str, str]:
    """dag_id -> feature, for the DAGs in the database whose tasks logged below `logs`."""
    found: dict[str, str] = {}
    with engine.connect() as connection:
        stored = connection.execute(sqlalchemy.text("SELECT dag_id, CAST(data AS TEXT) FROM serialized_dag"))
        for dag_id, text in stored:
            for mark, feature in MARKS.items():
                if mark in text:
                    found.setdefault(dag_id, feature)
    for path in logs.glob("dag_id=*/*/*/**/attempt=*.log"):
        if "deferral), which Updraft does not support yet" in path.read_text(errors="replace"):
            dag_id = next(part for part in path.parts if part.startswith("dag_id=")).removeprefix("dag_id=")
            found[dag_id] = "deferrable operators"
    return found


def of(dag_id: str, found: dict[str, str]) -> str | None:
    """What the DAG waits for; a SubDAG, named `parent.child`, waits for what its parent waits for."""
    return found.get(dag_id) or found.get(dag_id.partition(".")[0])

"""Records what Airflow stores of DAG files, for the tests of the bundled API.

    python record/serialized_dags.py

The Python is one with apache-airflow 2.10.5, the google provider and the other providers that the
example DAGs use. Writes golden/samples.jsonl for the DAG files in dags/ and golden/examples.jsonl
for Airflow's own example DAGs: one line for each DAG, with its file, what the parse role says
about it and its stored form.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HERE)]
HOME = tempfile.mkdtemp(prefix="updraft-record-")
os.environ.update(
    AIRFLOW_HOME=HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/airflow.db",
)


def main() -> None:
    import airflow

    assert airflow.__version__ == "2.10.5", airflow.__file__
    _make_tables()
    # The package of the tests lies beside the bundled `airflow`: only now may it be on the path.
    sys.path.append(str(HERE.parent))
    examples = Path(airflow.__file__).parent / "example_dags"
    record(HERE.parents[1] / "tests" / "dags" / "reference", HERE / "golden" / "samples.jsonl")
    record(examples, HERE / "golden" / "examples.jsonl")


def _make_tables() -> None:
    from airflow import models, settings
    from airflow.models.base import Base

    models.import_all_models()
    # A DAG that is scheduled by an alias asks for its datasets. Notes refer to tables of another package.
    tables = [table for table in Base.metadata.tables.values() if not table.name.endswith("_note")]
    Base.metadata.create_all(settings.engine, tables=tables)


def record(folder: Path, target: Path) -> None:
    lines = []
    for path in sorted(folder.glob("*.py")):
        lines.extend(_dags(path, folder))
    with target.open("w") as stream:
        for line in lines:
            stream.write(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n")
    print(f"{target}: {len(lines)} DAGs, {target.stat().st_size} bytes")


def _dags(path: Path, folder: Path) -> list[dict[str, Any]]:
    from airflow.serialization import serialized_objects
    from normal_form import normal

    from updraft_runtime.loader_parse import answer

    # The module keeps the folder that it found at its import.
    serialized_objects.DAGS_FOLDER = str(folder)
    messages: list[tuple[dict[str, Any], bytes]] = []
    answer(
        {"path": str(path), "dags_folder": str(folder)},
        lambda envelope, blob: messages.append((json.loads(json.dumps(envelope)), blob)),
    )
    found = []
    for envelope, blob in messages:
        if envelope["type"] == "import_error":
            print(f"{path.name}: {envelope['stacktrace'].splitlines()[-1]}")
        if envelope["type"] == "dag":
            row = {key: value for key, value in envelope.items() if key not in ("type", "dag_hash")}
            stored = json.loads(blob) if blob else None
            line = {"file": path.name, "dag_id": envelope["dag_id"], "row": row, "stored": stored}
            found.append(normal(line, str(folder)))
    return found


if __name__ == "__main__":
    main()

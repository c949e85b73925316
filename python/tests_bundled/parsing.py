"""Parses a DAG file; as a program it prints a line of JSON for each DAG, and then where `airflow` is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from normal_form import normal


def parse(path: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """What the parse role says about the DAGs of a file, in the form of the recorded lines."""
    from updraft_runtime.loader_parse import answer

    messages: list[tuple[dict[str, Any], bytes]] = []
    answer(
        {"path": str(path), "dags_folder": str(folder)},
        lambda envelope, blob: messages.append((json.loads(json.dumps(envelope)), blob)),
    )
    errors = [envelope["stacktrace"] for envelope, _ in messages if envelope["type"] == "import_error"]
    assert errors == []
    for envelope, blob in messages:
        if envelope["type"] == "dag":
            row = {key: value for key, value in envelope.items() if key not in ("type", "dag_hash")}
            stored = json.loads(blob) if blob else None
            line = {"file": path.name, "dag_id": envelope["dag_id"], "row": row, "stored": stored}
            yield normal(line, str(folder))


if __name__ == "__main__":
    import airflow

    for found in parse(Path(sys.argv[1]), Path(sys.argv[2])):
        print(json.dumps(found))
    print(json.dumps(os.path.dirname(airflow.__file__)))

"""The hash of a stored DAG, which stock processes of the same installation compare."""

from __future__ import annotations

from pathlib import Path

from updraft_runtime import loader
from updraft_runtime.loader_parse import answer

FILE = """
import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("d", start_date=datetime.datetime(2024, 1, 1)):
    EmptyOperator(task_id="t")
"""


def test_the_hash_is_airflows_own(tmp_path: Path) -> None:
    from airflow.models.serialized_dag import SerializedDagModel

    path = tmp_path / "a.py"
    path.write_text(FILE)
    hashes = []
    request = {"path": str(path), "dags_folder": str(tmp_path), "request": {}}
    answer(request, lambda envelope, blob: hashes.append(envelope.get("dag_hash")))
    bag = loader.import_file(str(path), str(tmp_path)).bag
    assert hashes[0] == SerializedDagModel(bag.dags["d"]).dag_hash

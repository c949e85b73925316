"""Delete what is older than its retention time, and stop early when there is nothing to do.

`find` lists files of the other examples that are over the limit. `anything` short-circuits: without such a
file the rest of the run is skipped, which is no failure. The number of days is a parameter with a schema:
`updraft dags trigger retention --conf '{"days": 0}'` deletes everything, and `{"days": -1}` is refused.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pendulum
from airflow.decorators import dag, task
from airflow.models.param import Param

FOLDER = Path(tempfile.gettempdir()) / "updraft-examples"


@dag(
    schedule="0 4 * * 1",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    catchup=False,
    params={"days": Param(30, type="integer", minimum=0, description="Days that a file is kept")},
    tags=["example"],
    doc_md=__doc__,
)
def retention():
    @task
    def find(params: dict) -> list[str]:
        limit = time.time() - params["days"] * 86_400
        files = FOLDER.rglob("*.csv") if FOLDER.is_dir() else ()
        return sorted(str(path) for path in files if path.stat().st_mtime < limit)

    @task.short_circuit
    def anything(paths: list[str]) -> bool:
        print(f"{len(paths)} files are over their retention time")
        return bool(paths)

    @task
    def delete(paths: list[str]) -> None:
        for path in paths:
            Path(path).unlink(missing_ok=True)
            print("deleted", path)

    found = find()
    anything(found) >> delete(found)


retention()

"""Wait for a file that somebody else delivers, then check and archive it.

`delivery` plays the somebody: it takes its time, and moves the finished file into place in one step,
so that nobody ever sees half of it. `arrived` is a sensor in the mode `reschedule`: between two looks
it gives its slot back, which lets hundreds of waiting tasks share a few slots. It stops waiting after a
minute. `archive` counts the rows and puts the file away under the name of its run.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pendulum
from airflow.decorators import dag, task
from airflow.sensors.base import PokeReturnValue

INBOX = Path(tempfile.gettempdir()) / "updraft-examples" / "inbox"


@dag(
    schedule="@once",
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    tags=["example"],
    doc_md=__doc__,
)
def wait_for_delivery():
    @task
    def delivery(ts_nodash: str) -> None:
        INBOX.mkdir(parents=True, exist_ok=True)
        time.sleep(3)
        draft = INBOX / f".{ts_nodash}.part"
        draft.write_text("".join(f"{row},{row * row}\n" for row in range(1000)))
        os.replace(draft, INBOX / f"{ts_nodash}.csv")

    @task.sensor(poke_interval=2, timeout=60, mode="reschedule")
    def arrived(ts_nodash: str) -> PokeReturnValue:
        path = INBOX / f"{ts_nodash}.csv"
        return PokeReturnValue(is_done=path.exists(), xcom_value=str(path))

    @task
    def archive(path: str, run_id: str) -> int:
        rows = len(Path(path).read_text().splitlines())
        folder = INBOX.parent / "archive"
        folder.mkdir(exist_ok=True)
        os.replace(path, folder / f"{run_id.replace(':', '')}.csv")
        print(f"archived {rows} rows in {folder}")
        return rows

    delivery()
    archive(arrived())


wait_for_delivery()

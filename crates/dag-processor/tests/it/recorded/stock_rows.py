"""Parses every file of a DAG folder with Airflow's own processor, into the configured database.

Usage: `python stock_rows.py FOLDER`. The tests run it beside Updraft's processor, on the same
files, and compare the rows.
"""

from __future__ import annotations

import logging
import sys

from airflow.dag_processing.processor import DagFileProcessor
from airflow.utils.file import list_py_file_paths


def main(folder: str) -> None:
    log = logging.getLogger("airflow.processor")
    for path in sorted(list_py_file_paths(folder, include_examples=False)):
        processor = DagFileProcessor(dag_ids=None, dag_directory=folder, log=log)
        processor.process_file(path, callback_requests=[])


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    main(sys.argv[1])

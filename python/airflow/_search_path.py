"""Puts the folders of the deployment on Python's search path, as Airflow does when it is imported."""

from __future__ import annotations

import os
import sys


def extend() -> None:
    """Adds `$AIRFLOW_HOME/config`, the plugins folder and the DAG folder at the end, each once."""
    from airflow.configuration import AIRFLOW_HOME, conf

    folders = (
        os.path.join(AIRFLOW_HOME, "config"),
        conf.get("core", "plugins_folder", fallback=None),
        conf.get("core", "dags_folder", fallback=None),
    )
    sys.path.extend(folder for folder in dict.fromkeys(folders) if folder and folder not in sys.path)

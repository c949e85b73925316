"""Importing this module makes a process ready to run tasks with the bundled API."""

from __future__ import annotations

import importlib

#: Imported by tasks at their first use, or by most DAG files.
MODULES = (
    "airflow.decorators",
    "airflow.models.dag",
    "airflow.operators.bash",
    "airflow.operators.python",
)

for module in MODULES:
    importlib.import_module(module)

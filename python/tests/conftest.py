"""Real Airflow, and a metadata database in a SQLite file with Airflow's tables.

A try touches that database only where it touches it on Airflow.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

if "airflow" in sys.modules:
    raise RuntimeError("Airflow was imported before its home for the tests was set")
HOME = tempfile.mkdtemp(prefix="updraft-runtime-tests-")
os.environ.update(
    AIRFLOW_HOME=HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/airflow.db",
)
PYTHON = Path(__file__).parents[1]
# Installed packages come first: the bundled `airflow` lies in the same folder as the runtime.
sys.path[:] = [entry for entry in sys.path if Path(entry or os.curdir).resolve() != PYTHON]
sys.path += [str(PYTHON), str(PYTHON / "tests_shared")]

from supervisor import LOGICAL_DATE, RUN_ID, Ended, Supervisor, run_task  # noqa: E402

__all__ = ["HOME", "LOGICAL_DATE", "RUN_ID", "Ended", "Supervisor", "run_task"]


@pytest.fixture(scope="session", autouse=True)
def sdk() -> None:
    """Makes this process ready as the fork server is."""
    from updraft_runtime import sdk_apache_preload  # noqa: F401


@pytest.fixture(scope="session")
def database(sdk: None) -> Any:
    """Airflow's tables, for the tests of what reads them."""
    from airflow import settings
    from airflow.models.base import Base

    # The tests write rows: never into the database of an installation.
    assert settings.engine.url.database == f"{HOME}/airflow.db"
    # Notes refer to the users of the web server, whose tables belong to another package.
    tables = [table for table in Base.metadata.tables.values() if not table.name.endswith("_note")]
    Base.metadata.create_all(settings.engine, tables=tables)
    return settings.engine


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path)

"""A metadata database in a SQLite file with Airflow's tables.

A try touches it only where it touches it on Airflow.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

HOME = os.environ["AIRFLOW_HOME"]


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

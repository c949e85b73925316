"""The older place of DagParam."""

from __future__ import annotations

from airflow._deprecation import warn
from airflow.models.param import DagParam

__all__ = ["DagParam"]

warn("airflow.models.dagparam is deprecated; use airflow.models.param")

"""Says what to do when a DAG file imports a name that Airflow has and this package has not."""

from __future__ import annotations


def install() -> None:
    """Adds the import hook; more than one call changes nothing."""


def explain_attribute(module: str, name: str) -> str:
    return f"module {module!r} has no attribute {name!r}"

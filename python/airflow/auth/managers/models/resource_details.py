"""What a permission is about, as names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ConfigurationDetails:
    """A section of the configuration."""

    section: str | None = None


@dataclass
class ConnectionDetails:
    """A connection."""

    conn_id: str | None = None


@dataclass
class DagDetails:
    """A DAG."""

    id: str | None = None


@dataclass
class DatasetDetails:
    """A dataset."""

    uri: str | None = None


@dataclass
class PoolDetails:
    """A pool."""

    name: str | None = None


@dataclass
class VariableDetails:
    """A Variable."""

    key: str | None = None

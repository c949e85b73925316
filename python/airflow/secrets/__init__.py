"""Where Variables and Connections come from besides the database."""

from __future__ import annotations

from airflow.secrets.base_secrets import BaseSecretsBackend

__all__ = ["DEFAULT_SECRETS_SEARCH_PATH", "BaseSecretsBackend"]

DEFAULT_SECRETS_SEARCH_PATH = [
    "airflow.secrets.environment_variables.EnvironmentVariablesBackend",
    "airflow.secrets.metastore.MetastoreBackend",
]

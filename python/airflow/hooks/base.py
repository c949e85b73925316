"""The base of hooks."""

from __future__ import annotations

import warnings
from typing import Any

from airflow.exceptions import RemovedInAirflow3Warning
from airflow.utils.log.logging_mixin import LoggingMixin


class BaseHook(LoggingMixin):
    """A client for an outside system, whose address and credentials are in a Connection."""

    def __init__(self, logger_name: str | None = None) -> None:
        super().__init__()
        self._log_config_logger_name = "airflow.task.hooks"
        self._logger_name = logger_name

    @classmethod
    def get_connections(cls, conn_id: str) -> list[Any]:
        """Deprecated: a list that holds the one Connection."""
        warnings.warn(
            "BaseHook.get_connections is deprecated; use get_connection", RemovedInAirflow3Warning, stacklevel=2
        )
        return [cls.get_connection(conn_id)]

    @classmethod
    def get_connection(cls, conn_id: str) -> Any:
        """The Connection `conn_id`; raises `AirflowNotFoundException` where there is none."""
        from airflow.models.connection import Connection

        connection = Connection.get_connection_from_secrets(conn_id)
        cls.logger().info("Retrieving connection '%s'", connection.conn_id)
        return connection

    @classmethod
    def get_hook(cls, conn_id: str, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook for the type of the Connection `conn_id`."""
        return cls.get_connection(conn_id).get_hook(hook_params=hook_params)

    def get_conn(self) -> Any:
        """The client itself."""
        raise NotImplementedError

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        return {}


class DiscoverableHook:
    """What a hook class has so that the web server can offer its connection type."""

    conn_name_attr: str
    default_conn_name: str
    conn_type: str
    hook_name: str

    @staticmethod
    def get_connection_form_widgets() -> dict[str, Any]:
        return {}

    @staticmethod
    def get_ui_field_behaviour() -> dict[str, Any]:
        return {}

"""What a secrets backend is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow.models.connection import Connection


class BaseSecretsBackend:
    """Derive from it and name the class in [secrets] backend."""

    @staticmethod
    def build_path(path_prefix: str, secret_id: str, sep: str = "/") -> str:
        """The name of a secret."""
        return f"{path_prefix}{sep}{secret_id}"

    def get_conn_value(self, conn_id: str) -> str | None:
        """A connection as URI or JSON; None where there is none."""
        raise NotImplementedError

    def get_conn_uri(self, conn_id: str) -> str | None:
        """The older name of get_conn_value."""
        raise NotImplementedError

    def deserialize_connection(self, conn_id: str, value: str) -> Connection:
        """The connection of a URI or JSON."""
        from airflow.models.connection import Connection

        value = value.strip()
        if value.startswith("{"):
            return Connection.from_json(value, conn_id)
        return Connection(conn_id=conn_id, uri=value)

    def get_connection(self, conn_id: str) -> Connection | None:
        """The connection of this id; None where there is none."""
        try:
            value = self.get_conn_value(conn_id=conn_id)
        except NotImplementedError:
            value = self._older_value(conn_id)
        return self.deserialize_connection(conn_id, value) if value else None

    def _older_value(self, conn_id: str) -> str | None:
        from airflow._deprecation import warn

        name = type(self).__name__
        warn(f"{name}.get_conn_uri is deprecated; call it get_conn_value")
        try:
            return self.get_conn_uri(conn_id=conn_id)
        except NotImplementedError:
            raise NotImplementedError(f"the secrets backend {name} has no get_conn_value") from None

    def get_connections(self, conn_id: str) -> list[Connection]:
        """Deprecated: get_connection."""
        from airflow._deprecation import warn

        warn("get_connections of a secrets backend is deprecated; use get_connection")
        connection = self.get_connection(conn_id=conn_id)
        return [connection] if connection else []

    def get_variable(self, key: str) -> str | None:
        """The text of a Variable; None where there is none."""
        raise NotImplementedError

    def get_config(self, key: str) -> str | None:
        """The text of an option of the configuration."""
        return None

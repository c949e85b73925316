"""Connections: where other systems are, and how to log in."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from airflow._deprecation import warn
from airflow.exceptions import AirflowException, AirflowNotFoundException
from airflow.utils.log._mixin import LoggingMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONN_ID_MAX_LEN = 250
_CONN_ID = re.compile(r"^[\w#!()\-.:/\\]{1,}$")


def sanitize_conn_id(conn_id: str | None, max_length: int = CONN_ID_MAX_LEN) -> str | None:
    """The id, or None where it is none."""
    if not isinstance(conn_id, str) or len(conn_id) > max_length or not _CONN_ID.match(conn_id):
        return None
    return conn_id


def parse_netloc_to_hostname(uri_parts: Any) -> str:
    """Deprecated."""
    warn("parse_netloc_to_hostname is deprecated")
    return _host(uri_parts)


def _host(parts: Any) -> str:
    host = unquote(parts.hostname or "")
    if "/" in host:
        # A path as host, quoted: `hostname` is in lower case, which paths are not.
        host = unquote(parts.netloc.rpartition("@")[2].partition(":")[0])
    return host


class Connection(LoggingMixin):
    """A connection, made of its fields or of its URI.

        Connection(conn_id="sales", conn_type="postgres", host="db", login="me", password="…")
        Connection(conn_id="sales", uri="postgres://me:…@db/sales?sslmode=require")

    :param conn_id: its id
    :param conn_type: what kind of system it is; decides on the hook
    :param description: a line for people
    :param extra: more settings: a dict, or its JSON
    :param uri: all of it as one text
    """

    EXTRA_KEY = "__extra__"

    conn_type: str | None
    host: str | None
    schema: str | None
    login: str | None
    password: str | None
    port: int | None
    extra: str | None

    def __init__(
        self,
        conn_id: str | None = None,
        conn_type: str | None = None,
        description: str | None = None,
        host: str | None = None,
        login: str | None = None,
        password: str | None = None,
        schema: str | None = None,
        port: int | None = None,
        extra: str | dict[str, Any] | None = None,
        uri: str | None = None,
    ) -> None:
        self.id = None
        self.conn_id = sanitize_conn_id(conn_id)
        self.description = description
        if uri and any((conn_type, host, login, password, schema, port, extra)):
            raise AirflowException(f"the connection {conn_id!r} has a uri and other fields; give it either")
        self.conn_type = conn_type
        self.host = host
        self.login = login
        self.password = password or None
        self.schema = schema
        self.port = port
        self.extra = json.dumps(extra) if extra and not isinstance(extra, str) else extra  # type: ignore[assignment]
        if uri:
            self._parse_from_uri(uri)
        if self.extra:
            self._validate_extra(self.extra, self.conn_id)
        if self.password:
            from airflow.utils.log.secrets_masker import mask_secret

            mask_secret(self.password)
            mask_secret(quote(self.password))

    @staticmethod
    def _validate_extra(extra: str, conn_id: str | None) -> None:
        try:
            is_object = isinstance(json.loads(extra), dict)
        except json.JSONDecodeError:
            is_object = False
        if not is_object:
            warn(f"the extra of the connection {conn_id!r} is no JSON object, which is deprecated")

    def parse_from_uri(self, uri: str) -> None:
        """Deprecated: the argument uri does this."""
        warn("Connection.parse_from_uri is deprecated; use Connection(uri=…)")
        self._parse_from_uri(uri)

    @staticmethod
    def _normalize_conn_type(conn_type: str) -> str:
        return "postgres" if conn_type == "postgresql" else conn_type.replace("-", "_")

    def _parse_from_uri(self, uri: str) -> None:
        """`type://login:password@host:port/schema?extra`; the host may have a scheme of its own."""
        if uri.count("://") > 2:
            raise AirflowException(f"the URI of the connection {self.conn_id!r} has more than two schemes")
        has_protocol = uri.count("://") == 2
        conn_type = urlsplit(uri).scheme
        self.conn_type = self._normalize_conn_type(conn_type)
        rest = uri.replace(f"{conn_type}://", "" if has_protocol else "//")
        if has_protocol and any(mark in rest.partition("://")[0] for mark in "@:"):
            raise AirflowException(f"the URI of the connection {self.conn_id!r} has a login before the host's scheme")
        parts = urlsplit(rest)
        host = _host(parts)
        self.host = f"{parts.scheme}://{host}" if has_protocol and host else host
        self.schema = unquote(parts.path[1:])
        self.login = unquote(parts.username) if parts.username else parts.username
        self.password = unquote(parts.password) if parts.password else None
        self.port = parts.port
        if parts.query:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            self.extra = query[self.EXTRA_KEY] if self.EXTRA_KEY in query else json.dumps(query)

    def get_uri(self) -> str:
        """The connection as a URI."""
        if self.conn_type and "_" in self.conn_type:
            self.log.warning("The scheme of a URI has no '_', so that of %s is written with '-'", self.conn_type)
        uri = f"{self.conn_type.lower().replace('_', '-')}://" if self.conn_type else "//"
        host = self.host
        if host and "://" in host:
            protocol, host = host.split("://", 1)
            uri += f"{protocol}://"
        login = "" if self.login is None else quote(self.login, safe="")
        if self.password is not None:
            login += ":" + quote(self.password, safe="")
        if login:
            uri += f"{login}@"
        place = quote(host, safe="") if host else ""
        if self.port:
            place += f":{self.port}" if place or login else f"@:{self.port}"
        if self.schema:
            place += f"/{quote(self.schema, safe='')}"
        return uri + place + self._query()

    def _query(self) -> str:
        if not self.extra:
            return ""
        mark = "?" if self.schema else "/?"
        values = self.extra_dejson
        try:
            query = urlencode(values)
        except TypeError:
            query = ""
        # Values that are no plain text do not come back from a query as they were.
        if not query or values != dict(parse_qsl(query, keep_blank_values=True)):
            query = urlencode({self.EXTRA_KEY: self.extra})
        return mark + query

    def get_password(self) -> str | None:
        return self.password

    def set_password(self, value: str | None) -> None:
        self.password = value

    def get_extra(self) -> str | None:
        return self.extra

    def set_extra(self, value: str | None) -> None:
        self.extra = value

    def get_extra_dejson(self, nested: bool = False) -> dict[str, Any]:
        """The extra as a dict; `nested` also reads JSON in its values."""
        extra: dict[str, Any] = {}
        if not self.extra:
            return extra
        try:
            extra = json.loads(self.extra)
        except json.JSONDecodeError:
            self.log.exception("The extra of the connection %s is not JSON", self.conn_id)
        if nested:
            extra = {key: _from_json(value) for key, value in extra.items()}
        from airflow.utils.log.secrets_masker import mask_secret

        mask_secret(extra)
        return extra

    @property
    def extra_dejson(self) -> dict[str, Any]:
        """The extra as a dict."""
        return self.get_extra_dejson()

    def get_hook(self, *, hook_params: dict[str, Any] | None = None) -> Any:
        """The hook of this type of connection."""
        from airflow.providers_manager import ProvidersManager

        hook = ProvidersManager().hooks.get(self.conn_type)
        if hook is None:
            raise AirflowException(
                f'Unknown hook type "{self.conn_type}": is the provider package of this type of connection installed?'
            )
        return hook.hook_class(**{hook.connection_id_attribute_name: self.conn_id}, **(hook_params or {}))

    def test_connection(self) -> tuple[bool, str]:
        """Whether the hook can connect, and what it says."""
        try:
            hook = self.get_hook()
            if hasattr(hook, "test_connection"):
                return hook.test_connection()
            return False, f"Hook {type(hook).__name__} doesn't implement or inherit test_connection method"
        except Exception as error:
            return False, str(error)

    def __repr__(self) -> str:
        return self.conn_id or ""

    @classmethod
    def get_connection_from_secrets(cls, conn_id: str) -> Connection:
        """The connection of this id: from [secrets] backend, `AIRFLOW_CONN_<ID>`, or what Updraft stores."""
        from airflow import _supervisor
        from airflow.secrets._local import first

        own = first(lambda backend: backend.get_connection(conn_id=conn_id))
        if own is not None:
            return own
        try:
            found = _supervisor.get_connection(conn_id)
        except _supervisor.NoSupervisor as error:
            raise AirflowNotFoundException(str(error)) from None
        if found is None:
            raise AirflowNotFoundException(
                f"The conn_id `{conn_id}` isn't defined: add it with `updraft connections add {conn_id}`, "
                f"or set AIRFLOW_CONN_{conn_id.upper()}"
            )
        return cls(**{**found, "conn_id": conn_id})

    def to_dict(self, *, prune_empty: bool = False, validate: bool = True) -> dict[str, Any]:
        """The fields."""
        names = ("conn_id", "conn_type", "description", "host", "login", "password", "schema", "port")
        fields: dict[str, Any] = {name: getattr(self, name) for name in names}
        if prune_empty:
            fields = {name: value for name, value in fields.items() if value is not None}
        extra = self.extra_dejson
        if extra or not prune_empty:
            fields["extra"] = extra
        if validate:
            json.dumps(fields)
        return fields

    @classmethod
    def from_json(cls, value: str, conn_id: str | None = None) -> Connection:
        """The connection of a JSON object of its fields."""
        fields = json.loads(value)
        extra = fields.pop("extra", None)
        if extra:
            fields["extra"] = extra if isinstance(extra, str) else json.dumps(extra)
        if fields.get("conn_type"):
            fields["conn_type"] = cls._normalize_conn_type(fields["conn_type"])
        port = fields.pop("port", None)
        if port:
            try:
                fields["port"] = int(port)
            except ValueError:
                raise ValueError(f"the port of the connection {conn_id!r} has to be a number, not {port!r}") from None
        return cls(conn_id=conn_id, **fields)

    def as_json(self) -> str:
        """A JSON object of its fields, without the id."""
        fields = self.to_dict(prune_empty=True, validate=False)
        fields.pop("conn_id", None)
        return json.dumps(fields)


def _from_json(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            pass
    return value

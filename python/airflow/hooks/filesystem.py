"""A folder whose path is in a Connection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.hooks.base import BaseHook


class FSHook(BaseHook):
    """Gives the base path in a Connection's extra, ``{"path": "/data"}``."""

    conn_name_attr = "fs_conn_id"
    default_conn_name = "fs_default"
    conn_type = "fs"
    hook_name = "File (path)"

    def __init__(self, fs_conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.basepath = self.get_connection(fs_conn_id).extra_dejson.get("path", "")
        self.conn = self.basepath

    def get_conn(self) -> None:
        """There is nothing to connect to."""

    def get_path(self) -> str:
        """The base path."""
        return self.basepath

    def test_connection(self) -> tuple[bool, str]:
        """Whether the base path exists, and a sentence about it."""
        path = self.get_path()
        if not path:
            return False, "the Connection's extra has no path"
        if not Path(path).exists():
            return False, f"the path {path} does not exist"
        return True, f"the path {path} exists"

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        return {
            "hidden_fields": ["host", "schema", "port", "login", "password", "extra"],
            "relabeling": {},
            "placeholders": {},
        }

"""The secrets backends that are asked in this process, before the supervisor is: a configured one, the environment."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: The supervisor asks this one itself.
_BY_SUPERVISOR = frozenset({"airflow.secrets.local_filesystem.LocalFilesystemBackend"})

_configured: dict[str, Any] = {}


def backends() -> list[Any]:
    """In the order in which they are asked."""
    from airflow.configuration import conf
    from airflow.secrets.environment_variables import EnvironmentVariablesBackend

    path = conf.get("secrets", "backend", fallback="") or ""
    if not path or path in _BY_SUPERVISOR:
        return [EnvironmentVariablesBackend()]
    if path not in _configured:
        kind = conf.getimport("secrets", "backend")
        _configured[path] = kind(**(conf.getjson("secrets", "backend_kwargs", fallback={}) or {}))
    return [_configured[path], EnvironmentVariablesBackend()]


def first(ask: Callable[[Any], Any]) -> Any:
    """The first answer that is not None. A backend that fails must not take the others away."""
    for backend in backends():
        try:
            found = ask(backend)
        except Exception:
            import logging

            name = type(backend).__name__
            logging.getLogger(__name__).exception("The secrets backend %s failed; the next one is asked", name)
            continue
        if found is not None:
            return found
    return None

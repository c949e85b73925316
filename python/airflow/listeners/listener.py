"""Calls listeners."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_listener_manager: ListenerManager | None = None


class _Hooks:
    """`hook.on_task_instance_running(…)` calls the functions of that name of all listeners."""

    def __init__(self, listeners: list[Any]) -> None:
        self._listeners = listeners

    def __getattr__(self, name: str) -> Callable[..., list[Any]]:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(**arguments: Any) -> list[Any]:
            results = []
            # The last one that was added is told first.
            for listener in reversed(self._listeners):
                function = getattr(listener, name, None)
                if function is not None and hasattr(function, "airflow_impl"):
                    results.append(function(**_accepted(function, arguments)))
            return [result for result in results if result is not None]

        return call


def _accepted(function: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """A listener names only the arguments that it needs."""
    import inspect

    parameters = inspect.signature(function).parameters
    if any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters.values()):
        return arguments
    return {name: value for name, value in arguments.items() if name in parameters}


class ListenerManager:
    """All listeners of this process."""

    def __init__(self) -> None:
        self._listeners: list[Any] = []
        self.hook: Any = _Hooks(self._listeners)

    @property
    def has_listeners(self) -> bool:
        return bool(self._listeners)

    def add_listener(self, listener: Any) -> None:
        if listener not in self._listeners:
            self._listeners.append(listener)

    def clear(self) -> None:
        self._listeners.clear()


def get_listener_manager() -> ListenerManager:
    """The listeners of all plugins."""
    global _listener_manager
    if _listener_manager is None:
        from airflow.plugins_manager import integrate_listener_plugins

        _listener_manager = ListenerManager()
        integrate_listener_plugins(_listener_manager)
    return _listener_manager

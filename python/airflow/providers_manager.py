"""What installed provider packages offer: hooks, decorators and datasets."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

#: Read from their entry point: nothing of a provider is imported before it is used.
ProviderInfo = namedtuple("ProviderInfo", ("version", "data", "package_or_source"))

HookInfo = namedtuple(
    "HookInfo",
    (
        "hook_class",
        "connection_id_attribute_name",
        "package_name",
        "hook_name",
        "hook_class_name",
        "connection_type",
        "connection_testable",
    ),
)

_OWN_HOOKS = {"fs": "airflow.hooks.filesystem.FSHook"}


class ProvidersManager:
    """There is one of it."""

    _instance: ProvidersManager | None = None

    def __new__(cls) -> ProvidersManager:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
            cls._instance._providers = None
            cls._instance._uri_handlers = None
            cls._instance._decorators = None
        return cls._instance

    _providers: dict[str, ProviderInfo] | None
    _uri_handlers: dict[str, Any] | None
    _decorators: dict[str, Any] | None

    @property
    def providers(self) -> dict[str, ProviderInfo]:
        """The installed provider packages by name."""
        if self._providers is None:
            from airflow._entry_points import entry_points

            self._providers = {}
            for point in entry_points("apache_airflow_provider"):
                data = _attempt(point.value, point.load)
                if data is not None:
                    data = data()
                    name = data.get("package-name", point.package)
                    self._providers[name] = ProviderInfo(point.version, data, "package")
        return self._providers

    def _entries(self, key: str) -> Iterator[Any]:
        for info in self.providers.values():
            yield from info.data.get(key, ())

    @property
    def hooks(self) -> Any:
        """The hook of each type of connection."""
        return _Hooks(self)

    def hook_paths(self) -> dict[str, tuple[str, str]]:
        """Import path and package of the hook of each type of connection."""
        paths = {kind: (path, "apache-airflow") for kind, path in _OWN_HOOKS.items()}
        for package, info in self.providers.items():
            for entry in info.data.get("connection-types", ()):
                paths[entry["connection-type"]] = (entry["hook-class-name"], package)
        return paths

    @property
    def taskflow_decorators(self) -> dict[str, Any]:
        """`@task.NAME` of providers."""
        if self._decorators is None:
            self._decorators = {}
            for entry in self._entries("task-decorators"):
                decorator = _import(entry["class-name"])
                if decorator is not None:
                    self._decorators[entry["name"]] = decorator
        return self._decorators

    @property
    def dataset_uri_handlers(self) -> dict[str, Any]:
        """What checks the URIs of datasets, by scheme."""
        if self._uri_handlers is None:
            self._uri_handlers = {}
            for entry in (*self._entries("asset-uris"), *self._entries("dataset-uris")):
                handler = _import(entry["handler"]) if entry.get("handler") else lambda parts: parts
                if handler is not None:
                    self._uri_handlers.update(dict.fromkeys(entry["schemes"], handler))
        return self._uri_handlers


class _Hooks:
    """A mapping from types of connections to hooks, which are imported when they are asked for."""

    def __init__(self, manager: ProvidersManager) -> None:
        self._paths = manager.hook_paths()

    def get(self, connection_type: Any, default: Any = None) -> Any:
        try:
            return self[connection_type]
        except KeyError:
            return default

    def __getitem__(self, connection_type: str) -> Any:
        path, package = self._paths[connection_type]
        hook = _import(path)
        if hook is None:
            raise KeyError(connection_type)
        return HookInfo(
            hook_class=hook,
            connection_id_attribute_name=getattr(hook, "conn_name_attr", "conn_id"),
            package_name=package,
            hook_name=getattr(hook, "hook_name", hook.__name__),
            hook_class_name=path,
            connection_type=connection_type,
            connection_testable=hasattr(hook, "test_connection"),
        )

    def __contains__(self, connection_type: object) -> bool:
        return connection_type in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def _import(path: str) -> Any:
    from airflow.utils.module_loading import import_string

    return _attempt(path, lambda: import_string(path))


def _attempt(what: str, load: Any) -> Any:
    try:
        return load()
    except Exception:
        import logging

        # One broken provider must not take the others away.
        logging.getLogger(__name__).warning("%s of a provider package cannot be imported", what, exc_info=True)
        return None

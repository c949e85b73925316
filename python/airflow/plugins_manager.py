"""Plugins: what people add to Airflow, from the plugins folder and from installed packages."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, ClassVar

import_errors: dict[str, str] = {}
plugins: list[AirflowPlugin] | None = None
loaded_plugins: set[str | None] = set()

macros_modules: list[Any] | None = None
executors_modules: list[Any] | None = None
global_operator_extra_links: list[Any] | None = None
operator_extra_links: list[Any] | None = None
registered_operator_link_classes: dict[str, type[Any]] | None = None
registered_ti_dep_classes: dict[str, type[Any]] | None = None
registered_hooks: list[Any] | None = None
timetable_classes: dict[str, type[Any]] | None = None
priority_weight_strategy_classes: dict[str, type[Any]] | None = None


class AirflowPluginException(Exception):
    """A plugin that cannot be loaded."""


class AirflowPlugin:
    """Derive from it, in a file of the plugins folder or in a package with the entry point `airflow.plugins`."""

    name: str | None = None
    source: Any = None
    hooks: ClassVar[list[Any]] = []
    executors: ClassVar[list[Any]] = []
    macros: ClassVar[list[Any]] = []
    admin_views: ClassVar[list[Any]] = []
    flask_blueprints: ClassVar[list[Any]] = []
    menu_links: ClassVar[list[Any]] = []
    appbuilder_views: ClassVar[list[Any]] = []
    appbuilder_menu_items: ClassVar[list[Any]] = []
    global_operator_extra_links: ClassVar[list[Any]] = []
    operator_extra_links: ClassVar[list[Any]] = []
    ti_deps: ClassVar[list[Any]] = []
    timetables: ClassVar[list[type[Any]]] = []
    listeners: ClassVar[list[Any]] = []
    hook_lineage_readers: ClassVar[list[type[Any]]] = []
    priority_weight_strategies: ClassVar[list[type[Any]]] = []

    @classmethod
    def validate(cls) -> None:
        if not cls.name:
            raise AirflowPluginException(f"the plugin {cls.__qualname__} needs a name")

    @classmethod
    def on_load(cls, *args: Any, **kwargs: Any) -> None:
        """Called once the plugin is loaded."""


def is_valid_plugin(plugin_obj: Any) -> bool:
    """Whether it is the class of a plugin that is not loaded yet."""
    is_plugin = isinstance(plugin_obj, type) and issubclass(plugin_obj, AirflowPlugin)
    if not is_plugin or plugin_obj is AirflowPlugin:
        return False
    plugin_obj.validate()
    return plugin_obj not in (plugins or ())


def register_plugin(plugin_instance: AirflowPlugin) -> None:
    """Adds a plugin; of several with one name, the first counts."""
    if plugin_instance.name in loaded_plugins:
        return
    loaded_plugins.add(plugin_instance.name)
    plugin_instance.on_load()
    if plugins is not None:
        plugins.append(plugin_instance)


def ensure_plugins_loaded() -> None:
    """Loads all plugins, once. One that fails is in `import_errors` and in the log."""
    global plugins, registered_hooks
    if plugins is not None:
        return
    plugins = []
    _load_folder()
    _load_packages()
    registered_hooks = [hook for plugin in plugins for hook in plugin.hooks]


def _load_folder() -> None:
    from airflow import settings

    folder = settings.PLUGINS_FOLDER
    if not folder or not os.path.isdir(folder):
        return
    from airflow.utils.file import find_path_from_directory

    for path in find_path_from_directory(folder, ".airflowignore"):
        if path.endswith(".py") and os.path.isfile(path):
            _attempt(path, lambda path=path: _import_file(path))  # type: ignore[misc]


def _import_file(path: str) -> None:
    import importlib.machinery
    import importlib.util

    name = os.path.splitext(os.path.basename(path))[0]
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))  # type: ignore[arg-type]
    sys.modules[name] = module
    loader.exec_module(module)
    for value in list(vars(module).values()):
        if is_valid_plugin(value):
            plugin = value()
            plugin.source = f"$PLUGINS_FOLDER/{os.path.basename(path)}"
            register_plugin(plugin)


def _load_packages() -> None:
    from airflow._entry_points import entry_points

    for point in entry_points("airflow.plugins"):
        _attempt(point.value, lambda point=point: _load_entry_point(point))  # type: ignore[misc]


def _load_entry_point(point: Any) -> None:
    value = point.load()
    if is_valid_plugin(value):
        plugin = value()
        plugin.source = f"{point.package}=={point.version}: {point.value}"
        register_plugin(plugin)


def _attempt(what: str, load: Callable[[], None]) -> None:
    try:
        load()
    except Exception as error:
        import logging

        logging.getLogger(__name__).exception("The plugin %s cannot be loaded", what)
        import_errors[what] = str(error)


def _all(attribute: str) -> list[Any]:
    ensure_plugins_loaded()
    return [item for plugin in plugins or () for item in getattr(plugin, attribute)]


def _by_path(classes: Iterable[type[Any]]) -> dict[str, type[Any]]:
    return {f"{item.__module__}.{item.__qualname__}": item for item in classes}


def initialize_ti_deps_plugins() -> None:
    global registered_ti_dep_classes
    if registered_ti_dep_classes is None:
        registered_ti_dep_classes = _by_path(type(dep) for dep in _all("ti_deps"))


def initialize_extra_operators_links_plugins() -> None:
    global global_operator_extra_links, operator_extra_links, registered_operator_link_classes
    if global_operator_extra_links is None:
        global_operator_extra_links = _all("global_operator_extra_links")
        operator_extra_links = _all("operator_extra_links")
        registered_operator_link_classes = _by_path(type(link) for link in operator_extra_links)


def initialize_timetables_plugins() -> None:
    global timetable_classes
    if timetable_classes is None:
        timetable_classes = _by_path(_all("timetables"))


def initialize_priority_weight_strategy_plugins() -> None:
    global priority_weight_strategy_classes
    if priority_weight_strategy_classes is None:
        from airflow.task.priority_strategy import airflow_priority_weight_strategies

        own = _by_path(_all("priority_weight_strategies"))
        priority_weight_strategy_classes = {**airflow_priority_weight_strategies, **own}


def _as_module(name: str, objects: list[Any]) -> Any:
    import types

    module = types.ModuleType(name.lower())
    module.__dict__.update((item.__name__, item) for item in objects)
    sys.modules[module.__name__] = module
    return module


def integrate_macros_plugins() -> None:
    """Makes the macros of a plugin a module of its name in `airflow.macros`."""
    global macros_modules
    if macros_modules is not None:
        return
    from airflow import macros

    ensure_plugins_loaded()
    macros_modules = []
    for plugin in plugins or ():
        if plugin.macros:
            module = _as_module(f"airflow.macros.{plugin.name}", plugin.macros)
            macros_modules.append(module)
            setattr(macros, str(plugin.name), module)


def integrate_executor_plugins() -> None:
    """Executors of plugins are Python's: the scheduler of Updraft has its own."""
    global executors_modules
    executors_modules = []


def integrate_listener_plugins(listener_manager: Any) -> None:
    """Adds the listeners of all plugins."""
    for listener in _all("listeners"):
        listener_manager.add_listener(listener)

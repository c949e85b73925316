"""The deployment's policies: functions of `airflow_local_settings` or of plugins, else those that do nothing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def load_policies(names: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Each policy under its name."""
    from airflow import policies

    names = tuple(names)
    found = {name: getattr(policies, name) for name in names}
    module = _user_module()
    if module is not None:
        public = getattr(module, "__all__", None)
        own = (name for name in names if hasattr(module, name) and _is_public(name, public))
        found.update((name, getattr(module, name)) for name in own)
        _warn_renamed(module, found)
    return found


def _is_public(name: str, public: Any) -> bool:
    return public is None or name in public


def _user_module() -> Any:
    try:
        import airflow_local_settings
    except ModuleNotFoundError as error:
        if error.name == "airflow_local_settings":
            return None
        raise
    return airflow_local_settings


def _warn_renamed(module: Any, found: dict[str, Callable[..., Any]]) -> None:
    if hasattr(module, "policy") and not hasattr(module, "task_policy"):
        from airflow._deprecation import warn

        warn("airflow_local_settings.policy is deprecated; name it task_policy")
        found["task_policy"] = module.policy

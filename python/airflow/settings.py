"""What is the same for the whole process: folders, the time zone, the policies of `airflow_local_settings`."""

from __future__ import annotations

import sys

from airflow._local_settings import load_policies
from airflow.configuration import AIRFLOW_HOME, conf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TASK_LOG_READER_DEFAULT = "task"
LAZY_LOAD_PLUGINS: bool = True
LAZY_LOAD_PROVIDERS: bool = True
DONOT_MODIFY_HANDLERS = False
MASK_SECRETS_IN_LOGS = False
STATE_COLORS: dict[str, str] = {}
USE_JOB_SCHEDULE = True
HEADER = ""

_POLICIES = (
    "task_policy",
    "dag_policy",
    "task_instance_mutation_hook",
    "pod_mutation_hook",
    "get_airflow_context_vars",
    "get_dagbag_import_timeout",
)


def _timezone() -> Any:
    import pendulum

    name = conf.get("core", "default_timezone", fallback="utc")
    if not name or name == "system":
        return pendulum.tz.local_timezone() if name else pendulum.timezone("UTC")
    return pendulum.timezone("UTC" if name.lower() == "utc" else name)


_COMPUTED = {
    "TIMEZONE": _timezone,
    "DAGS_FOLDER": lambda: conf.get_mandatory_value("core", "dags_folder"),
    "PLUGINS_FOLDER": lambda: conf.get("core", "plugins_folder", fallback=f"{AIRFLOW_HOME}/plugins"),
    "MIN_SERIALIZED_DAG_UPDATE_INTERVAL": lambda: conf.getint("core", "min_serialized_dag_update_interval"),
    "MIN_SERIALIZED_DAG_FETCH_INTERVAL": lambda: conf.getint("core", "min_serialized_dag_fetch_interval"),
    "ALLOW_FUTURE_EXEC_DATES": lambda: conf.getboolean("scheduler", "allow_trigger_in_future"),
    "CHECK_SLAS": lambda: conf.getboolean("core", "check_slas"),
    "EXECUTE_TASKS_NEW_PYTHON_INTERPRETER": lambda: conf.getboolean("core", "execute_tasks_new_python_interpreter"),
    "SIMPLE_LOG_FORMAT": lambda: conf.get("logging", "simple_log_format"),
    "LOG_FORMAT": lambda: conf.get("logging", "log_format"),
    "SQL_ALCHEMY_CONN": lambda: None,
}


def __getattr__(name: str) -> Any:
    if name in _COMPUTED:
        value = _COMPUTED[name]()
    elif name in _POLICIES:
        # The user's module may import this one, so it is not loaded before a policy is asked for.
        globals().update(load_policies(_POLICIES))
        value = globals()[name]
    elif name in ("Session", "engine"):
        value = _NoDatabase(name)
    else:
        from airflow import _absent

        raise AttributeError(_absent.explain_attribute(__name__, name))
    globals()[name] = value
    return value


class _NoDatabase:
    """Stands where stock has the connection to its database, and says what to use instead."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _refuse(self) -> Any:
        from airflow.exceptions import AirflowException

        raise AirflowException(
            f"airflow.settings.{self._name} opens the metadata database, which the bundled API of Updraft does not do: "
            "use Variable, Connection, XCom, the context, or the REST API; "
            "or set [updraft] python_sdk = apache with apache-airflow installed"
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._refuse()


def initialize() -> None:
    """Loads the policies now."""
    for name in _POLICIES:
        getattr(sys.modules[__name__], name)


def import_local_settings() -> None:
    """Loads the policies now."""
    initialize()

"""Airflow's database sessions, which a task of Updraft's bundled API has not: what asks for one is told so."""

from __future__ import annotations

from typing import Any, Callable

from airflow.exceptions import AirflowException

#: The default of `session` parameters.
NEW_SESSION: Any = None


class NoDatabase(AirflowException):
    """User code wants Airflow's database session."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} opens Airflow's metadata database, which tasks cannot reach with Updraft's bundled API. Use "
            "instead: Variable.get/set, BaseHook.get_connection, ti.xcom_pull/xcom_push, ti.get_previous_dagrun(), "
            "dag_run.get_task_instances(), TriggerDagRunOperator, ExternalTaskSensor, or the REST API (/api/v1). Code "
            "that needs the ORM runs with apache-airflow installed and [updraft] python_sdk = apache"
        )


def create_session(scoped: bool = True) -> Any:
    """Not with this package."""
    raise NoDatabase("airflow.utils.session.create_session")


def provide_session(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gets a session cannot be called; one that is given its session by the caller can."""
    import functools
    import inspect

    position = list(inspect.signature(func).parameters).index("session")

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if "session" in kwargs or position < len(args):
            return func(*args, **kwargs)
        raise NoDatabase(f"{func.__module__}.{func.__qualname__}, through provide_session,")

    return wrapper

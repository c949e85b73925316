"""The policies of a deployment, as they are where `airflow_local_settings` has none.

A module `airflow_local_settings` on the Python path (or in `$AIRFLOW_HOME/config`) replaces any of them by a function
of the same name.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def hookimpl(function: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a policy of a plugin."""
    return function


def task_policy(task: Any) -> None:
    """May change a task, or refuse it with AirflowClusterPolicyViolation."""


def dag_policy(dag: Any) -> None:
    """May change a DAG, refuse it (AirflowClusterPolicyViolation) or leave it out (AirflowClusterPolicySkipDag)."""


def task_instance_mutation_hook(task_instance: Any) -> None:
    """May change a task instance before it is queued."""


task_instance_mutation_hook.is_noop = True  # type: ignore[attr-defined]


def pod_mutation_hook(pod: Any) -> None:
    """May change a pod before it starts."""


pod_mutation_hook.is_noop = True  # type: ignore[attr-defined]


def get_airflow_context_vars(context: Any) -> dict[str, str]:
    """More environment variables for tasks."""
    return {}


def get_dagbag_import_timeout(dag_file_path: str) -> int | float:
    """How many seconds the import of this DAG file may take."""
    from airflow.configuration import conf

    return conf.getfloat("core", "dagbag_import_timeout")

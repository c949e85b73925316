"""Runs of a DAG: tried out with the `updraft` program, asked for through the task's socket, else refused clearly."""

from __future__ import annotations

from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEEDS_DATABASE = (
    "clear",
    "clear_dags",
    "create_dagrun",
    "bulk_sync_to_db",
    "bulk_write_to_db",
    "deactivate_stale_dags",
    "deactivate_unknown_dags",
    "fetch_dagrun",
    "get_active_runs",
    "get_concurrency_reached",
    "get_dagrun",
    "get_dagruns_between",
    "get_is_active",
    "get_is_paused",
    "get_last_dagrun",
    "get_latest_execution_date",
    "get_num_active_runs",
    "get_num_task_instances",
    "get_task_instances",
    "get_task_instances_before",
    "handle_callback",
    "has_dag_runs",
    "pickle",
    "run",
    "set_dag_runs_state",
    "set_task_group_state",
    "set_task_instance_state",
    "sync_to_db",
)


class DagRunsMixin:
    """The part of `DAG` that is about its runs."""

    def test(
        self,
        execution_date: Any = None,
        run_conf: dict[str, Any] | None = None,
        conn_file_path: str | None = None,
        variable_file_path: str | None = None,
        use_executor: bool = False,
        mark_success_pattern: Any = None,
        session: Any = None,
    ) -> Any:
        """Runs the DAG once, here and now, and shows what happens.

        :param execution_date: the logical date; now where there is none
        :param run_conf: the configuration of the run
        :param conn_file_path: a file of connections
        :param variable_file_path: a file of variables
        :param use_executor: runs as many tasks at a time as [core] parallelism says, not one
        :param mark_success_pattern: tasks whose ids match it succeed without running
        """
        from airflow.models._dag_test import run_dag_test

        self.validate()
        return run_dag_test(
            self,
            logical_date=execution_date,
            conf=run_conf,
            connections_file=conn_file_path,
            variables_file=variable_file_path,
            mark_success_pattern=mark_success_pattern,
            use_executor=use_executor,
        )

    def cli(self) -> None:
        """Not there any more: the command line takes the id of the DAG."""
        raise AirflowException(
            f"dag.cli() is not part of the bundled API: use `updraft dags test {self.dag_id}`, "
            f"`updraft tasks test {self.dag_id} TASK`, or dag.test()"
        )

    @property
    def is_paused(self) -> bool:
        from airflow import _supervisor

        facts = _supervisor.get_dag_facts(self.dag_id)
        return bool(facts and facts["is_paused"])


def _refused(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise AirflowException(
            f"DAG.{name} needs the metadata database, which the bundled API does not open: use the command "
            "`updraft dags …`, the REST API, or [updraft] python_sdk = apache with apache-airflow installed"
        )

    method.__name__ = name
    method.__doc__ = "Needs the metadata database."
    return method


for _name in _NEEDS_DATABASE:
    setattr(DagRunsMixin, _name, _refused(_name))

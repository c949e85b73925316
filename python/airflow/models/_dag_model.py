"""What DAG files read of the table of DAGs."""

from __future__ import annotations

from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class DagModel:
    """What the scheduler knows of a DAG, also one of another file."""

    def __init__(self, dag_id: str, facts: dict[str, Any]) -> None:
        self.dag_id = dag_id
        self.is_paused = facts["is_paused"]
        self.is_active = facts["is_active"]
        self.fileloc = facts["fileloc"]
        self.task_ids = facts.get("task_ids", [])

    def __repr__(self) -> str:
        return f"<DAG: {self.dag_id}>"

    @staticmethod
    def get_dagmodel(dag_id: str, session: Any = None) -> DagModel | None:
        """The DAG of this id; None where the scheduler knows of none."""
        from airflow import _supervisor

        facts = _supervisor.get_dag_facts(dag_id)
        return None if facts is None else DagModel(dag_id, facts)

    @classmethod
    def get_current(cls, dag_id: str, session: Any = None) -> DagModel | None:
        return cls.get_dagmodel(dag_id)

    def get_is_paused(self, **kwargs: Any) -> bool:
        return bool(self.is_paused)

    def get_is_active(self, **kwargs: Any) -> bool:
        return bool(self.is_active)

    def set_is_paused(self, is_paused: bool, *args: Any, **kwargs: Any) -> None:
        verb = "pause" if is_paused else "unpause"
        raise AirflowException(f"a task cannot {verb} a DAG here; use `updraft dags {verb} {self.dag_id}`")


class DagTag:
    """A word to find a DAG by."""

    def __init__(self, name: str, dag_id: str | None = None) -> None:
        self.name = name
        self.dag_id = dag_id

    def __repr__(self) -> str:
        return self.name


class DagOwnerAttributes:
    """The address of an owner."""

    def __init__(self, dag_id: str, owner: str, link: str) -> None:
        self.dag_id = dag_id
        self.owner = owner
        self.link = link


for _class in (DagModel, DagTag, DagOwnerAttributes):
    _class.__module__ = "airflow.models.dag"

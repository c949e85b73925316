"""`with setup >> teardown:` and the tasks that are created within."""

from __future__ import annotations

from airflow.exceptions import AirflowException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _listed(task: Any) -> list[Any]:
    return list(task) if isinstance(task, (list, tuple)) else [task] if task else []


class _Scope:
    """One open block: its setups and teardowns, and the tasks created in it."""

    def __init__(self, setups: list[Any], teardowns: list[Any]) -> None:
        self.setups = setups
        self.teardowns = teardowns
        self.tasks: list[Any] = []

    def close(self) -> None:
        """Puts the setups before and the teardowns after what was created within."""
        work = [task for task in self.tasks if not task.is_setup and not task.is_teardown]
        if not work:
            return
        roots = [task for task in work if not task.upstream_list] or [work[0]]
        leaves = [task for task in work if not task.downstream_list] or [work[-1]]
        for setup in self.setups:
            setup.set_downstream(roots)
        for teardown in self.teardowns:
            teardown.set_upstream(leaves)


class BaseSetupTeardownContext:
    """The stack of open blocks."""

    active: bool = False
    _scopes: list[_Scope] = []

    @classmethod
    def push_setup_teardown_task(cls, operator: Any) -> None:
        """Opens a block of a setup or teardown task, or of several of one kind."""
        tasks = _listed(operator)
        if any(task.is_setup != tasks[0].is_setup for task in tasks):
            cls.error("`with` takes either setup tasks or teardown tasks, not both in one list")
        if tasks[0].is_setup:
            scope = _Scope(tasks, _connected(tasks[0], "is_teardown"))
        else:
            scope = _Scope(_connected(tasks[0], "is_setup"), tasks)
        cls._scopes.append(scope)
        cls.active = True

    @classmethod
    def set_work_task_roots_and_leaves(cls) -> None:
        """Closes the innermost block."""
        scope = cls._scopes.pop()
        scope.close()
        if cls._scopes:
            outer = cls._scopes[-1]
            # A block within a block: its setups after those around it, its teardowns before.
            for setup in outer.setups:
                setup.set_downstream(scope.setups)
            for teardown in outer.teardowns:
                teardown.set_upstream(scope.teardowns)
        # As in Airflow, what is created after an inner block and within the outer one belongs to neither.
        cls.active = False

    @classmethod
    def update_context_map(cls, task: Any) -> None:
        """Notes a task that was created in a block."""
        if cls._scopes and not task.is_setup and not task.is_teardown:
            cls._scopes[-1].tasks.append(task)

    @classmethod
    def error(cls, message: str) -> None:
        cls.active = False
        cls._scopes.clear()
        raise ValueError(message)


def _connected(task: Any, kind: str) -> list[Any]:
    """The nearest teardowns (or setups) that hang together with a setup (or teardown)."""
    seen = {task.task_id}
    ahead = task.downstream_list if kind == "is_teardown" else task.upstream_list
    while ahead:
        found = [item for item in ahead if getattr(item, kind)]
        if found:
            return found
        seen.update(item.task_id for item in ahead)
        near = [next_ for item in ahead for next_ in (*item.downstream_list, *item.upstream_list)]
        ahead = [item for item in {item.task_id: item for item in near}.values() if item.task_id not in seen]
    return []


class SetupTeardownContext(BaseSetupTeardownContext):
    """What `with setup >> teardown as scope:` gives."""

    @staticmethod
    def add_task(task: Any) -> None:
        """Adds a task that was created outside of the block."""
        if not SetupTeardownContext.active:
            raise AirflowException("add_task belongs into the `with` block of setup and teardown tasks")
        SetupTeardownContext.update_context_map(getattr(task, "operator", task))

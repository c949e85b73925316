"""TaskFlow: functions as DAGs, tasks and groups."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from airflow.decorators.base import TaskDecorator
    from airflow.decorators.setup_teardown import setup_task as setup
    from airflow.decorators.setup_teardown import teardown_task as teardown
    from airflow.decorators.task_group import task_group
    from airflow.models.dag import dag

__all__ = [
    "TaskDecorator",
    "TaskDecoratorCollection",
    "bash_task",
    "branch_external_python_task",
    "branch_task",
    "branch_virtualenv_task",
    "dag",
    "external_python_task",
    "python_task",
    "sensor_task",
    "setup",
    "short_circuit_task",
    "task",
    "task_group",
    "teardown",
    "virtualenv_task",
]

#: Attribute of `task` to module and name.
_TASKS = {
    "python": ("python", "python_task"),
    "virtualenv": ("python_virtualenv", "virtualenv_task"),
    "external_python": ("external_python", "external_python_task"),
    "branch": ("branch_python", "branch_task"),
    "branch_virtualenv": ("branch_virtualenv", "branch_virtualenv_task"),
    "branch_external_python": ("branch_external_python", "branch_external_python_task"),
    "short_circuit": ("short_circuit", "short_circuit_task"),
    "sensor": ("sensor", "sensor_task"),
    "bash": ("bash", "bash_task"),
    "run_if": ("condition", "run_if"),
    "skip_if": ("condition", "skip_if"),
}
_NAMES = {
    **{name: (module, name) for module, name in _TASKS.values()},
    "TaskDecorator": ("base", "TaskDecorator"),
    "task_group": ("task_group", "task_group"),
    "setup": ("setup_teardown", "setup_task"),
    "teardown": ("setup_teardown", "teardown_task"),
}


def _load(module: str, name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(f"airflow.decorators.{module}"), name)


class TaskDecoratorCollection:
    """`@task` and its kinds: `@task.bash`, `@task.branch`, …"""

    if TYPE_CHECKING:
        # For editors. At run time each is imported when it is asked for.
        from airflow.decorators.bash import bash_task as bash
        from airflow.decorators.branch_external_python import branch_external_python_task as branch_external_python
        from airflow.decorators.branch_python import branch_task as branch
        from airflow.decorators.branch_virtualenv import branch_virtualenv_task as branch_virtualenv
        from airflow.decorators.condition import run_if, skip_if
        from airflow.decorators.external_python import external_python_task as external_python
        from airflow.decorators.python import python_task as python
        from airflow.decorators.python_virtualenv import virtualenv_task as virtualenv
        from airflow.decorators.sensor import sensor_task as sensor
        from airflow.decorators.short_circuit import short_circuit_task as short_circuit

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.python(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        if name in _TASKS:
            value = _load(*_TASKS[name])
        else:
            from airflow.providers_manager import ProvidersManager

            decorators = ProvidersManager().taskflow_decorators
            if name not in decorators:
                known = ", ".join(f"@task.{kind}" for kind in (*_TASKS, *decorators))
                raise AttributeError(f"task decorator {name!r} not found; there are {known}")
            value = decorators[name]
        self.__dict__[name] = value
        return value


task = TaskDecoratorCollection()


class _Package(type(sys)):  # type: ignore[misc]
    """The import of the module `task_group` leaves the decorator of that name in its place."""

    def __setattr__(self, name: str, value: Any) -> None:
        is_module = name == "task_group" and isinstance(value, type(sys))
        super().__setattr__(name, value.task_group if is_module else value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = _load(*_NAMES[name])
    elif name == "dag":
        from airflow.models.dag import dag as value
    else:
        from airflow import _absent

        raise AttributeError(_absent.explain_attribute(__name__, name))
    globals()[name] = value
    return value

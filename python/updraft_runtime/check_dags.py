"""What is wrong with DAGs and tasks that could be made."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Iterator
from typing import Any

from airflow.models.baseoperator import BaseOperator
from airflow.models.dag import DAG

from updraft_runtime.check_problem import WARNING, Problem
from updraft_runtime.check_source import Source


def problems(dag: Any, source: Source) -> Iterator[Problem]:
    """Problems of a DAG and of its tasks, each class of operators once."""
    yield from _of_dag(dag, source)
    seen: set[type] = set()
    for task in dag.tasks:
        cls = getattr(task, "operator_class", type(task))
        if not isinstance(cls, type) or cls in seen:
            continue
        seen.add(cls)
        for kind, message, hint in _of_class(cls, task):
            line = _line_of_class(cls, source) or source.line_of(task.task_id)
            yield Problem(kind, source.path, message, hint, line, None, dag.dag_id, task.task_id)


def cycles(source: Source) -> Iterator[Problem]:
    """One way round in each DAG of the file that goes round in a circle."""
    # Such a DAG gets into no bag, and few files keep it in a variable.
    # Not isinstance, which would wake up lazy objects of libraries.
    dags = [found for found in gc.get_objects() if issubclass(type(found), DAG) and found.fileloc == source.path]
    for dag in dags:
        path = _find_cycle(dag)
        if path:
            yield Problem(
                "cycle",
                source.path,
                f"the tasks of DAG {dag.dag_id} go round in a circle: {' >> '.join(path)}",
                "take one of these arrows away",
                source.line_of(path[-1]) or source.line_of(dag.dag_id),
                None,
                dag.dag_id,
                path[0],
            )


def same_ids(module: Any, source: Source) -> Iterator[Problem]:
    """DAGs of one file that share an id: only the last one of them exists."""
    found: dict[str, Any] = {}
    for dag in _dags_of(module):
        other = found.setdefault(dag.dag_id, dag)
        if other is not dag:
            yield Problem(
                "duplicate_dag_id",
                source.path,
                f"two DAGs have the id {dag.dag_id}: only one of them is seen",
                "give each DAG an id of its own",
                source.line_of(dag.dag_id),
                None,
                dag.dag_id,
            )


def _dags_of(module: Any) -> list[Any]:
    found = {id(value): value for value in vars(module).values() if isinstance(value, DAG)} if module else {}
    return list(found.values())


def _find_cycle(dag: Any) -> list[str]:
    """A way from a task back to itself; empty when there is none."""
    done: set[str] = set()
    for start in dag.task_dict:
        way: list[str] = []
        pending = [(start, iter(sorted(dag.task_dict[start].downstream_task_ids)))] if start not in done else []
        while pending:
            task_id, followers = pending[-1]
            if not way or way[-1] != task_id:
                way.append(task_id)
            follower = next((found for found in followers if found not in done), None)
            if follower is None:
                done.add(task_id)
                way.pop()
                pending.pop()
            elif follower in way:
                return [*way[way.index(follower) :], follower]
            else:
                pending.append((follower, iter(sorted(dag.task_dict[follower].downstream_task_ids))))
    return []


def _of_dag(dag: Any, source: Source) -> Iterator[Problem]:
    line = source.line_of(dag.dag_id)
    if dag.timetable.can_be_scheduled and not _has_start_date(dag):
        yield Problem(
            "no_start_date",
            source.path,
            f"DAG {dag.dag_id} has a schedule and no start_date: no run ever becomes due",
            "give it start_date=datetime(...), or schedule=None if it is only triggered",
            line,
            None,
            dag.dag_id,
            severity=WARNING,
        )
    if not dag.tasks:
        yield Problem(
            "no_tasks",
            source.path,
            f"DAG {dag.dag_id} has no tasks",
            "make the operators inside `with DAG(...):`, or pass them dag=",
            line,
            None,
            dag.dag_id,
            severity=WARNING,
        )


def _has_start_date(dag: Any) -> bool:
    return dag.start_date is not None or any(task.start_date is not None for task in dag.tasks)


def _of_class(cls: type, task: Any) -> Iterator[tuple[str, str, str]]:
    name = cls.__name__
    fields = getattr(cls, "template_fields", ())
    # Text instead of a tuple is one field, and Airflow warns of it.
    if isinstance(task, BaseOperator) and not isinstance(fields, str):
        for field in fields:
            if not hasattr(task, field):
                yield (
                    "template_fields",
                    f"{name} names the template field {field!r} and has no such attribute",
                    f"set self.{field} in __init__, or take it out of template_fields",
                )
    # A task that begins with its trigger may end with it, too.
    if issubclass(cls, BaseOperator) and not task.start_from_trigger:
        yield from _of_execute(cls)


def _of_execute(cls: type) -> Iterator[tuple[str, str, str]]:
    name = cls.__name__
    execute = inspect.unwrap(cls.execute)
    if cls.execute is BaseOperator.execute or execute is inspect.unwrap(BaseOperator.execute):
        yield "execute", f"{name} has no execute method, so its tasks fail", "write `def execute(self, context):`"
        return
    if inspect.iscoroutinefunction(execute):
        yield (
            "execute",
            f"{name}.execute is asynchronous: nothing would wait for it",
            "write `def execute(self, context):` and call asyncio.run in it",
        )
        return
    try:
        inspect.signature(execute).bind(None, context=None)
    except TypeError as error:
        if not _takes_one_more(execute):
            yield (
                "execute",
                f"{name}.execute cannot be called with the context: {error}",
                "write `def execute(self, context):`",
            )


def _takes_one_more(execute: Any) -> bool:
    try:
        inspect.signature(execute).bind(None, None)
    except TypeError:
        return False
    return True


def _line_of_class(cls: type, source: Source) -> int | None:
    """The line of `execute`, or else of the class, where it is in the checked file."""
    for thing in (vars(cls).get("execute"), cls):
        try:
            # The class that takes part in running a task wraps the function.
            function = inspect.unwrap(getattr(thing, "__func__", thing))
            if inspect.getsourcefile(function) == source.path:
                return inspect.getsourcelines(function)[1] or None
        except (OSError, TypeError):
            continue
    return None

"""What the text of a DAG file says without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Union

from updraft_runtime.check_problem import WARNING, Problem

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]

#: Functions that run whenever the file is parsed, by the last part of their decorator's name.
_BUILDERS = frozenset(("dag", "task_group"))

#: Calls that ask for a Variable or Connection, and what to write instead.
_LOOK_UPS = {
    ("Variable", "get"): "use the template {{ var.value.<key> }} in an argument, or call it inside a task",
    ("Connection", "get_connection_from_secrets"): "call it inside a task",
    ("BaseHook", "get_connection"): "use the template {{ conn.<id> }} in an argument, or call it inside a task",
    ("BaseHook", "get_hook"): "call it inside a task",
}

#: By module: what opens a session of the metadata database.
_SESSIONS = {
    "airflow.settings": ("Session", "engine"),
    "airflow.utils.session": ("create_session", "provide_session"),
}

_MOVING = frozenset(("now", "today", "utcnow", "days_ago", "yesterday", "tomorrow"))


class Source:
    """A parsed file. Without a syntax tree, when it is no Python, it finds nothing."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self._text = text.splitlines()
        try:
            self.tree: ast.Module | None = ast.parse(text)
        except (SyntaxError, ValueError):
            self.tree = None
        self._lines = dict(_defining_lines(self.tree)) if self.tree else {}

    def line_of(self, name: str | None) -> int | None:
        """The line that makes the DAG or task of this id, as far as the text shows it."""
        if not name:
            return None
        # The id of a task in a group begins with that of the group.
        return self._lines.get(name) or self._lines.get(name.rpartition(".")[2])

    def called_at(self, line: int | None) -> list[str]:
        """The names of what is called on a line."""
        if line is None or line > len(self._text):
            return []
        return re.findall(r"(\w+)\s*\(", self._text[line - 1])

    def problems(self) -> Iterator[Problem]:
        if self.tree is None:
            return
        for node in _run_at_parse(self.tree):
            if isinstance(node, ast.Call):
                yield from self._look_up(node)
                for keyword in node.keywords:
                    if keyword.arg == "start_date":
                        yield from self._start_date(keyword.value)
            elif isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values):
                    if isinstance(key, ast.Constant) and key.value == "start_date":
                        yield from self._start_date(value)

    def database_sessions(self) -> Iterator[Problem]:
        """Uses of Airflow's metadata database, which only apache-airflow has."""
        for node in ast.walk(self.tree) if self.tree else ():
            if isinstance(node, ast.ImportFrom):
                used = [alias.name for alias in node.names if alias.name in _SESSIONS.get(node.module or "", ())]
            elif isinstance(node, ast.Attribute):
                used = [node.attr] if node.attr in _SESSIONS.get(f"airflow.{_last_name(node.value)}", ()) else []
            else:
                continue
            for name in used:
                yield Problem(
                    "database_session",
                    self.path,
                    f"{name} opens the metadata database, which no task of the bundled API can",
                    "use Variable, Connection, XCom, the context or the REST API; or [updraft] python_sdk = apache",
                    node.lineno,
                    node.col_offset + 1,
                )

    def uncalled_dag_functions(self) -> list[tuple[str, int]]:
        """Functions under `@dag` that the file never calls, so that they make no DAG."""
        if self.tree is None:
            return []
        called = {_last_name(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        return [
            (node.name, node.lineno)
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and "dag" in _decorators(node)
            and node.name not in called
        ]

    def calls_dag_at_parse(self) -> bool:
        """Whether the text looks as if it made a DAG while it is imported."""
        nodes = _run_at_parse(self.tree) if self.tree else ()
        return any(isinstance(node, ast.Call) and _last_name(node.func) == "DAG" for node in nodes)

    def _look_up(self, call: ast.Call) -> Iterator[Problem]:
        function = call.func
        if not isinstance(function, ast.Attribute):
            return
        owner = _last_name(function.value)
        hint = _LOOK_UPS.get((owner, function.attr))
        if hint:
            yield Problem(
                "lookup_at_parse_time",
                self.path,
                f"{owner}.{function.attr} runs whenever the file is parsed, not when a task runs",
                hint,
                call.lineno,
                call.col_offset + 1,
                severity=WARNING,
            )

    def _start_date(self, value: ast.expr) -> Iterator[Problem]:
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and (name := _last_name(node.func)) in _MOVING:
                yield Problem(
                    "moving_start_date",
                    self.path,
                    f"start_date is another one at each parse, since it calls {name}(): runs may never become due",
                    "write a fixed date, such as datetime(2024, 1, 1), and catchup=False if the past does not matter",
                    value.lineno,
                    value.col_offset + 1,
                    severity=WARNING,
                )
                return


def _run_at_parse(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but the bodies of functions that a task runs."""
    pending: list[ast.AST] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            children: list[Any] = [*node.decorator_list, *node.args.defaults]
            if _BUILDERS & _decorators(node):
                children += node.body
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, ast.If) and _is_main_guard(node):
            children = node.orelse
        else:
            children = list(ast.iter_child_nodes(node))
        pending.extend(reversed(children))


def _is_main_guard(node: ast.If) -> bool:
    return isinstance(node.test, ast.Compare) and _last_name(node.test.left) == "__name__"


def _defining_lines(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in reversed(list(ast.walk(tree))):
        if isinstance(node, ast.Call):
            for name in _ids(node):
                yield name, node.lineno
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.decorator_list:
            yield node.name, node.lineno


def _ids(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg in ("task_id", "dag_id", "group_id") and isinstance(keyword.value, ast.Constant):
            yield str(keyword.value.value)
    if call.args and _last_name(call.func) in ("DAG", "TaskGroup", "dag"):
        first = call.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def _decorators(node: Function) -> set[str]:
    return {
        _last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
        for decorator in node.decorator_list
    }


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return ""

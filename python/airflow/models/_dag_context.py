"""Which DAG a `with` block, or a `@dag` function, is about."""

from __future__ import annotations

import sys
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


class DagContext:
    """The stack of DAGs whose `with` blocks are open, and the DAGs whose blocks a file has closed."""

    _context_managed_dags: deque[Any] = deque()
    autoregistered_dags: set[tuple[Any, ModuleType]] = set()
    current_autoregister_module_name: str | None = None

    @classmethod
    def push_context_managed_dag(cls, dag: Any) -> None:
        cls._context_managed_dags.appendleft(dag)

    @classmethod
    def pop_context_managed_dag(cls) -> Any:
        dag = cls._context_managed_dags.popleft()
        if cls.current_autoregister_module_name is not None and dag and dag.auto_register:
            cls.autoregistered_dags.add((dag, sys.modules[cls.current_autoregister_module_name]))
        return dag

    @classmethod
    def get_current_dag(cls) -> Any:
        return cls._context_managed_dags[0] if cls._context_managed_dags else None


DagContext.__module__ = "airflow.models.dag"

"""A mapped task is expanded before it runs."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class MappedTaskIsExpanded(BaseTIDep):
    """A mapped task is expanded before it runs."""

    NAME = "Task has been mapped"
    IGNORABLE = True
    IS_TASK_DEP = True

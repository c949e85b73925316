"""What a task is mapped over has succeeded."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class MappedTaskUpstreamDep(BaseTIDep):
    """What a task is mapped over has succeeded."""

    NAME = "Mapped dependencies have succeeded"
    IGNORABLE = True
    IS_TASK_DEP = True

"""No task before has decided to skip this one."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class NotPreviouslySkippedDep(BaseTIDep):
    """No task before has decided to skip this one."""

    NAME = "Not Previously Skipped"
    IGNORABLE = True
    IS_TASK_DEP = True

"""The trigger rule holds for the states of the tasks before."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class TriggerRuleDep(BaseTIDep):
    """The trigger rule holds for the states of the tasks before."""

    NAME = "Trigger Rule"
    IGNORABLE = True
    IS_TASK_DEP = True

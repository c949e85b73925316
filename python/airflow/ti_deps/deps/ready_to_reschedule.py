"""A sensor in reschedule mode waits for its date."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class ReadyToRescheduleDep(BaseTIDep):
    """A sensor in reschedule mode waits for its date."""

    NAME = "Ready To Reschedule"
    IGNORABLE = True
    IS_TASK_DEP = True

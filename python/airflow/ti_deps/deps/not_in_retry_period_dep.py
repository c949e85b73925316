"""The delay before a retry is over."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class NotInRetryPeriodDep(BaseTIDep):
    """The delay before a retry is over."""

    NAME = "Not In Retry Period"
    IGNORABLE = True
    IS_TASK_DEP = True

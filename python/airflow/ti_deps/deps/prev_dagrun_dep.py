"""With depends_on_past: the instance of the run before has succeeded."""

from __future__ import annotations

from airflow.ti_deps.deps.base_ti_dep import BaseTIDep


class PrevDagrunDep(BaseTIDep):
    """With depends_on_past: the instance of the run before has succeeded."""

    NAME = "Previous Dagrun State"
    IGNORABLE = True
    IS_TASK_DEP = True

"""How tasks are run with the package that answers to `import airflow` in this process.

Shared modules of the runtime import only names of Airflow that both packages have. What differs are the
functions of `tasks`: the same ones in `sdk_apache_tasks` and in `sdk_bundled_tasks`.
"""

from __future__ import annotations

from updraft_runtime import sdk

if sdk.is_bundled():
    from updraft_runtime import sdk_bundled_tasks as tasks
else:
    from updraft_runtime import sdk_apache_tasks as tasks

__all__ = ["tasks"]

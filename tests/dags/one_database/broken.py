"""Cannot be imported: no module `airflow_of_tomorrow`, no DAG."""

import airflow_of_tomorrow  # noqa: F401

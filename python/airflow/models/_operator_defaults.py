"""The defaults of operators, and how their arguments are read."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterable, Mapping

from airflow.configuration import conf
from airflow.exceptions import AirflowException
from airflow.models.param import ParamsDict
from airflow.utils.trigger_rule import TriggerRule
from airflow.utils.weight_rule import WeightRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_OWNER: str = conf.get_mandatory_value("operators", "default_owner")
DEFAULT_POOL_SLOTS: int = 1
DEFAULT_PRIORITY_WEIGHT: int = 1
DEFAULT_EXECUTOR: str | None = None
DEFAULT_QUEUE: str = conf.get_mandatory_value("operators", "default_queue")
DEFAULT_IGNORE_FIRST_DEPENDS_ON_PAST: bool = conf.getboolean("scheduler", "ignore_first_depends_on_past_by_default")
DEFAULT_WAIT_FOR_PAST_DEPENDS_BEFORE_SKIPPING: bool = False
DEFAULT_RETRIES: int = conf.getint("core", "default_task_retries", fallback=0)
DEFAULT_RETRY_DELAY = datetime.timedelta(seconds=conf.getint("core", "default_task_retry_delay", fallback=300))
MAX_RETRY_DELAY: int = conf.getint("core", "max_task_retry_delay", fallback=24 * 60 * 60)
DEFAULT_WEIGHT_RULE = WeightRule(conf.get("core", "default_task_weight_rule", fallback=WeightRule.DOWNSTREAM))
DEFAULT_TRIGGER_RULE = TriggerRule.ALL_SUCCESS
DEFAULT_TASK_EXECUTION_TIMEOUT: datetime.timedelta | None = conf.gettimedelta("core", "default_task_execution_timeout")
DEFAULT_EMAIL_ON_RETRY: bool = conf.getboolean("email", "default_email_on_retry", fallback=True)
DEFAULT_EMAIL_ON_FAILURE: bool = conf.getboolean("email", "default_email_on_failure", fallback=True)

BASEOPERATOR_ARGS_EXPECTED_TYPES: dict[str, Any] = {
    "task_id": str,
    "email": (str, Iterable),
    "email_on_retry": bool,
    "email_on_failure": bool,
    "retries": int,
    "retry_exponential_backoff": bool,
    "depends_on_past": bool,
    "ignore_first_depends_on_past": bool,
    "wait_for_past_depends_before_skipping": bool,
    "wait_for_downstream": bool,
    "priority_weight": int,
    "queue": str,
    "pool": str,
    "pool_slots": int,
    "trigger_rule": str,
    "run_as_user": str,
    "task_concurrency": int,
    "map_index_template": str,
    "max_active_tis_per_dag": int,
    "max_active_tis_per_dagrun": int,
    "executor": str,
    "do_xcom_push": bool,
    "multiple_outputs": bool,
    "doc": str,
    "doc_md": str,
    "doc_json": str,
    "doc_yaml": str,
    "doc_rst": str,
    "task_display_name": str,
    "logger_name": str,
    "allow_nested_operators": bool,
}


def parse_retries(retries: Any) -> int | None:
    """A number of retries; text that holds one is accepted, and remarked on."""
    if retries is None:
        return 0
    if type(retries) is int:
        return retries
    try:
        parsed = int(retries)
    except (TypeError, ValueError):
        raise AirflowException(f"'retries' has to be a whole number, not {retries!r}") from None
    import logging

    logging.getLogger("airflow.models.baseoperator.BaseOperator").warning(
        "'retries' is %r, which is read as the number %s", retries, parsed
    )
    return parsed


def coerce_timedelta(value: float | datetime.timedelta, *, key: str) -> datetime.timedelta:
    """A timedelta; a number is one of seconds."""
    if isinstance(value, datetime.timedelta):
        return value
    try:
        return datetime.timedelta(seconds=value)
    except TypeError:
        raise TypeError(f"{key!r} has to be a timedelta or a number of seconds, not {value!r}") from None


def coerce_resources(resources: dict[str, Any] | None) -> Any:
    if resources is None:
        return None
    from airflow.utils.operator_resources import Resources

    return Resources(**resources)


class MergedDefaults(dict):
    """Default arguments that hold those of the DAG and the group already, so that they need not be merged again."""


def get_merged_defaults(
    dag: Any, task_group: Any, task_params: Any, task_default_args: Any
) -> tuple[dict[str, Any], ParamsDict]:
    """Default arguments and params of a task: the DAG's, then its group's, then its own."""
    args = MergedDefaults()
    params = ParamsDict()
    if dag:
        args.update(dag.default_args)
        if dag.params:
            params = copy.deepcopy(dag.params)
        if task_group and task_group.default_args:
            args.update(_mapping(task_group.default_args, "default_args"))
    if task_params:
        params.update(_mapping(task_params, "params"))
    if task_default_args:
        args.update(_mapping(task_default_args, "default_args"))
        params.update(task_default_args.get("params") or {})
    return args, params


def _mapping(value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name!r} has to be a dict, not {value!r}")
    return value

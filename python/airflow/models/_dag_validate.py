"""Checks of the arguments of a DAG, and of the DAG as a whole."""

from __future__ import annotations

import datetime

from airflow.exceptions import (
    AirflowDagInconsistent,
    AirflowException,
    FailStopDagInvalidTriggerRule,
    ParamValidationError,
    UnknownExecutorException,
)
from airflow.utils.trigger_rule import TriggerRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

TAG_MAX_LEN = 100
DEFAULT_VIEW_PRESETS = ["grid", "graph", "duration", "gantt", "landing_times", "calendar"]
ORIENTATION_PRESETS = ["LR", "TB", "RL", "BT"]

DAG_ARGS_EXPECTED_TYPES = {
    "dag_id": str,
    "description": str,
    "max_active_tasks": int,
    "max_active_runs": int,
    "max_consecutive_failed_dag_runs": int,
    "dagrun_timeout": datetime.timedelta,
    "default_view": str,
    "orientation": str,
    "catchup": bool,
    "doc_md": str,
    "is_paused_upon_creation": bool,
    "render_template_as_native_obj": bool,
    "tags": list,
    "auto_register": bool,
    "fail_stop": bool,
    "dag_display_name": str,
}

_OLD_PERMISSIONS = {"can_dag_read": "can_read", "can_dag_edit": "can_edit"}


def check_tags(tags: Any) -> None:
    for tag in tags or ():
        if len(tag) > TAG_MAX_LEN:
            raise AirflowException(f"a tag can have {TAG_MAX_LEN} characters at most: {tag!r}")


def read_default_view(view: str) -> str:
    if view == "tree":
        _deprecated("the default_view 'tree' is deprecated; it is called 'grid'")
        return "grid"
    if view not in DEFAULT_VIEW_PRESETS:
        raise AirflowException(f"default_view has to be one of {', '.join(DEFAULT_VIEW_PRESETS)}, not {view!r}")
    return view


def check_orientation(orientation: str) -> None:
    if orientation not in ORIENTATION_PRESETS:
        raise AirflowException(f"orientation has to be one of {', '.join(ORIENTATION_PRESETS)}, not {orientation!r}")


def read_access_control(access_control: Any) -> Any:
    """The permissions of each role, by resource; older forms are understood."""
    if access_control is None:
        return None
    from airflow.security.permissions import RESOURCE_DAG

    result = {}
    for role, permissions in access_control.items():
        by_resource = {RESOURCE_DAG: set(permissions)} if isinstance(permissions, (set, list)) else permissions
        if RESOURCE_DAG in by_resource:
            by_resource = {**by_resource, RESOURCE_DAG: {_permission(name) for name in by_resource[RESOURCE_DAG]}}
        result[role] = by_resource
    return result


def _permission(name: str) -> str:
    new = _OLD_PERMISSIONS.get(name)
    if new is None:
        return name
    _deprecated(f"the permission {name!r} is deprecated; use {new!r}")
    return new


def check_owner_links(dag: Any) -> None:
    wrong = dict(dag.iter_invalid_owner_links())
    if wrong:
        listed = ", ".join(f"{owner}: {link!r}" for owner, link in wrong.items())
        raise AirflowException(f"owner_links have to be addresses such as https://… or mailto:…, not {listed}")


def _deprecated(message: str) -> None:
    from airflow._deprecation import warn

    warn(message)


class DagValidateMixin:
    """The part of `DAG` that checks."""

    def get_doc_md(self, doc_md: str | None) -> str | None:
        """The documentation, or that of the file of this name."""
        if doc_md is not None and doc_md.endswith(".md"):
            try:
                with open(doc_md) as file:
                    return file.read()
            except FileNotFoundError:
                pass
        return doc_md

    def _check_run_limits(self) -> None:
        failed = self.max_consecutive_failed_dag_runs
        if failed < 0:
            raise AirflowException(f"max_consecutive_failed_dag_runs has to be 0 or more, not {failed}")
        limit = self.timetable.active_runs_limit
        if limit is not None and limit < self.max_active_runs:
            kind = type(self.timetable).__name__
            raise AirflowException(
                f"Invalid max_active_runs: with {kind} it has to be {limit} at most, not {self.max_active_runs}"
            )

    def validate(self) -> None:
        """Everything that can only be checked when all tasks are there."""
        if not self._check_schedule_interval_matches_timetable():
            raise AirflowDagInconsistent(
                f"the schedule_interval {self.schedule_interval!r} of the DAG does not fit "
                f"its timetable {self.timetable.summary!r}; set only `schedule`"
            )
        self.validate_executor_field()
        self.validate_schedule_and_params()
        self.timetable.validate()
        self.validate_setup_teardown()

    def _check_schedule_interval_matches_timetable(self) -> bool:
        if self.schedule_interval == self.timetable.summary:
            return True
        from airflow.models._dag_schedule import create_timetable

        try:
            timetable = create_timetable(self.schedule_interval, self.timezone)
        except ValueError:
            return False
        return timetable.summary == self.timetable.summary

    def validate_executor_field(self) -> None:
        for task in self.tasks:
            if task.executor and task.executor not in _executors():
                raise UnknownExecutorException(
                    f"the task {task.task_id!r} names the executor {task.executor!r}, "
                    f"and [core] executor has only {', '.join(_executors())}"
                )

    def validate_setup_teardown(self) -> None:
        for task in self.tasks:
            if task.is_setup:
                for after in task.downstream_list:
                    if not after.is_teardown and after.trigger_rule != TriggerRule.ALL_SUCCESS:
                        raise ValueError(
                            f"the task {after.task_id!r} is right after the setup task {task.task_id!r}, "
                            f"so its trigger rule has to be 'all_success', not {after.trigger_rule.value!r}"
                        )
            FailStopDagInvalidTriggerRule.check(dag=self, trigger_rule=task.trigger_rule)

    def validate_schedule_and_params(self) -> None:
        """A run that nobody triggers needs a value for each param."""
        if not self.timetable.can_be_scheduled:
            return
        try:
            self.params.validate()
        except ParamValidationError as error:
            raise AirflowException(
                f"the DAG {self.dag_id!r} has a schedule, so its params need valid default values: {error}; "
                "with schedule=None, whoever triggers a run brings them"
            ) from None

    def iter_invalid_owner_links(self) -> Iterator[tuple[str, str]]:
        from urllib.parse import urlsplit

        for owner, link in self.owner_links.items():
            parts = urlsplit(link)
            is_mail = parts.scheme == "mailto" and parts.path
            if not is_mail and not (parts.scheme and parts.netloc):
                yield owner, link


def _executors() -> list[str]:
    """The names by which tasks may call the executors of the deployment."""
    from airflow.configuration import conf

    names = []
    for entry in conf.get_mandatory_list_value("core", "executor"):
        parts = entry.split(":")
        names.extend(parts)
        names.extend(part.rpartition(".")[2] for part in parts)
        if len(parts) > 1:
            names.append(entry)
    return list(dict.fromkeys(names))

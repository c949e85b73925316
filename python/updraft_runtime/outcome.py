"""Decides how a try ended, runs the callbacks that belong to that end, and reports it."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

from airflow.datasets import Dataset, DatasetAlias
from airflow.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTerminated,
    TaskDeferred,
)
from airflow.utils import timezone
from airflow.utils.state import State, TaskInstanceState

from updraft_runtime import callbacks, execution_metrics
from updraft_runtime.execution import Results, execute
from updraft_runtime.execution_link import SupervisorLink
from updraft_runtime.frames import SupervisorGone, usage
from updraft_runtime.sdk_tasks import tasks

log = logging.getLogger("airflow.task")

_OWN_FOLDER = os.path.dirname(__file__) + os.sep


@dataclass
class Outcome:
    """How the try ended, and the exit code that Airflow's task process would have."""

    state: str
    exit_code: int = 0
    reschedule_date: datetime | None = None
    exception: str | None = None
    dataset_events: list[dict[str, Any]] = field(default_factory=list)
    fail_stop: bool = False


def run_try(ti: Any, context: Any, link: SupervisorLink, results: Results, *, mark_success: bool) -> Outcome:
    """Runs the try to its end."""
    try:
        if not mark_success:
            execute(ti, context, link, results)
        outcome = _succeeded(ti, context)
    except AirflowSkipException as skip:
        outcome = _skipped(ti, context, skip)
    except AirflowRescheduleException as reschedule:
        ti.state = TaskInstanceState.UP_FOR_RESCHEDULE
        ti.end_date = timezone.utcnow()
        ti.set_duration()
        log.info("Rescheduling task, the next poke is at %s", reschedule.reschedule_date.isoformat())
        outcome = Outcome(ti.state, reschedule_date=reschedule.reschedule_date)
    except TaskDeferred as deferral:
        error = AirflowException(
            "the task wants to wait for a trigger (deferral), which Updraft does not support yet; "
            "deferrable=False makes most operators wait in the task itself"
        )
        error.__cause__ = deferral
        outcome = fail(ti, context, error, force=True)
    except (AirflowFailException, AirflowSensorTimeout) as error:
        outcome = fail(ti, context, error, force=True)
    except SupervisorGone:
        raise
    except AirflowTaskTerminated as error:
        if link.is_lost():
            # Whoever takes over decides about this try, and runs its callbacks.
            raise SupervisorGone("the supervisor ended before the task") from error
        if tasks.state_now(ti) in State.finished:
            # The supervisor's guarded write will find that too, and leave the row alone.
            ti.end_date = timezone.utcnow()
            return Outcome(TaskInstanceState.FAILED, exception="the task instance was ended from outside")
        outcome = fail(ti, context, error)
    except SystemExit as ending:
        outcome = fail(ti, context, f"Task failed due to SystemExit({ending.code})")
    except BaseException as error:  # noqa: BLE001 - whatever user code raises is its result
        outcome = fail(ti, context, error)
    log.info("::group::Post task execution logs")
    execution_metrics.finished(ti)
    if outcome.state in (TaskInstanceState.SUCCESS, TaskInstanceState.SKIPPED):
        _finish_well(ti, context)
    return outcome


def _succeeded(ti: Any, context: Any) -> Outcome:
    ti.state = TaskInstanceState.SUCCESS
    return Outcome(ti.state, dataset_events=_dataset_events(ti.task, context["outlet_events"]))


def _skipped(ti: Any, context: Any, skip: AirflowSkipException) -> Outcome:
    if skip.args:
        log.info(skip)
    ti.state = TaskInstanceState.SKIPPED
    callbacks.run_finished_callbacks(ti.task.on_skipped_callback, context)
    return Outcome(ti.state)


def _finish_well(ti: Any, context: Any) -> None:
    # Airflow runs on_success_callback for a skipped task too.
    ti.clear_next_method_args()
    ti.end_date = timezone.utcnow()
    log_state(ti)
    ti.set_duration()
    callbacks.run_finished_callbacks(ti.task.on_success_callback, context)
    if ti.state == TaskInstanceState.SUCCESS:
        callbacks.notify_ended("on_task_instance_success", task_instance=ti)


def fail(ti: Any, context: Any, error: str | BaseException, *, force: bool = False) -> Outcome:
    """Failed, or up for retry where tries are left."""
    _log_error(error)
    ti.end_date = timezone.utcnow()
    ti.set_duration()
    execution_metrics.failed(ti)
    ti.clear_next_method_args()
    context["exception"] = error
    task = unmapped(ti, context)
    retry = not force and ti.is_eligible_to_retry()
    ti.state = TaskInstanceState.UP_FOR_RETRY if retry else TaskInstanceState.FAILED
    callbacks.notify_ended("on_task_instance_failed", task_instance=ti, error=error)
    log_state(ti, "Immediate failure requested. " if force else "")
    if task is not None:
        run_failure_callbacks(ti, task, context, error)
    return Outcome(
        ti.state,
        exit_code=1 if isinstance(error, (str, Exception)) else 2,
        exception=error if isinstance(error, str) else described(error),
        fail_stop=ti.state == TaskInstanceState.FAILED and bool(getattr(ti.task.dag, "fail_stop", False)),
    )


def described(error: BaseException) -> str:
    """As on the last line of a traceback."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - its text is made by user code
        return f"{type(error).__name__}: <its text cannot be had>"


def run_failure_callbacks(ti: Any, task: Any, context: Any, error: Any) -> None:
    """E-mail and callbacks for `ti.state`, failed or up_for_retry."""
    retry = ti.state == TaskInstanceState.UP_FOR_RETRY
    if task.email and (task.email_on_retry if retry else task.email_on_failure):
        callbacks.send_email(ti, task, error)
    callbacks.run_finished_callbacks(task.on_retry_callback if retry else task.on_failure_callback, context)


def unmapped(ti: Any, context: Any) -> Any:
    try:
        return tasks.unmap(ti, context)
    except Exception:
        log.exception("The mapped task cannot be unmapped: its callbacks and e-mails are left out")
        return None


def _log_error(error: str | BaseException) -> None:
    if isinstance(error, str):
        log.error("%s", error)
        return
    log.error("Task failed with exception", exc_info=(type(error), error, _of_user_code(error)))


def _of_user_code(error: BaseException) -> TracebackType | None:
    """The traceback without the runner's own frames above the task's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN_FOLDER):
        trace = trace.tb_next
    return trace or error.__traceback__


def log_state(ti: Any, lead: str = "") -> None:
    mapped = f"map_index={ti.map_index}, " if ti.map_index >= 0 else ""
    log.info(
        "%sMarking task as %s. dag_id=%s, task_id=%s, run_id=%s, %sexecution_date=%s, start_date=%s, end_date=%s",
        lead,
        str(ti.state).upper(),
        ti.dag_id,
        ti.task_id,
        ti.run_id,
        mapped,
        *(_compact(value) for value in (ti.execution_date, ti.start_date, ti.end_date)),
    )


def _compact(instant: datetime | None) -> str:
    return instant.strftime("%Y%m%dT%H%M%S") if instant else ""


def _dataset_events(task: Any, events: Any) -> list[dict[str, Any]]:
    """One event for each dataset outlet, and one for each (dataset, extra) that came through aliases.

    `extra` is JSON text, which only Python reads and writes.
    """
    found: list[dict[str, Any]] = []
    aliased: dict[tuple[str, str], set[str]] = defaultdict(set)
    for outlet in task.outlets or []:
        if isinstance(outlet, Dataset):
            extra = json.dumps(events[outlet].extra)
            found.append({"uri": outlet.uri, "extra": extra, "source_alias_names": []})
        elif isinstance(outlet, DatasetAlias):
            for event in events[outlet].dataset_alias_events:
                key = (event["dest_dataset_uri"], json.dumps(event["extra"], sort_keys=True))
                aliased[key].add(event["source_alias_name"])
    for (uri, extra), names in aliased.items():
        found.append({"uri": uri, "extra": extra, "source_alias_names": sorted(names)})
    return found


def _storable(text: str | None, length: int) -> str | None:
    """Fits a text column: what does not would make the database refuse the whole outcome."""
    return text and text.replace("\0", "")[:length]


def report(link: SupervisorLink, ti: Any, outcome: Outcome, results: Results, began: datetime) -> None:
    """The outcome message: the last one of the try."""
    link.send(
        {
            "type": "outcome",
            "state": str(outcome.state),
            "run_start_date": began.isoformat(),
            "end_date": ti.end_date.isoformat(),
            "reschedule_date": outcome.reschedule_date and outcome.reschedule_date.isoformat(),
            "rendered_map_index": _storable(ti.rendered_map_index, 250),
            "note": _storable(ti.note, 1000),
            "exception": _storable(outcome.exception, 10_000),
            "owner": ti.task.owner,
            "xcoms": [{"key": item.key, "length": len(item.value)} for item in results.xcoms],
            "task_map": results.task_map,
            "dataset_events": outcome.dataset_events,
            "fail_stop": outcome.fail_stop,
            "usage": usage(),
        },
        b"".join(item.value for item in results.xcoms),
    )

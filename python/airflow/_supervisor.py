"""The only way from this package to what the metadata database holds.

Inside a task, a callback or the parse of a DAG file a *link* to the supervisor is installed, and each
function here is one request on its socket (docs/child-protocol.md). A plain ``python my_dag.py`` has no
link: callers try the environment first and then get `NoSupervisor`, which says what to do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

from airflow._stored_dag import StoredDag
from airflow.exceptions import AirflowException


class NoSupervisor(AirflowException):
    """Something was asked that only a running Updraft can answer."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} needs a running Updraft, and this process was not started by one. Run the DAG with "
            "`updraft dags test` or `updraft tasks test`; Variables and Connections can also be given as "
            "environment variables, AIRFLOW_VAR_<KEY> and AIRFLOW_CONN_<ID>"
        )


class Link(Protocol):
    """The connection of one process to its supervisor."""

    def is_ours(self) -> bool:
        """False in a process that the owner of the link forked off."""

    def request(self, envelope: dict[str, Any], blob: bytes = b"") -> Any:
        """Sends a request, waits, and gives the reply: a mapping with an attribute ``blob``."""


_link: Link | None = None


def install(link: Link) -> None:
    """From here on this process asks through `link`."""
    global _link
    _link = link


def uninstall() -> None:
    """Leaves this process without a supervisor."""
    global _link
    _link = None


def is_connected() -> bool:
    """Whether this process can ask its supervisor."""
    return _link is not None and _link.is_ours()


def _request(what: str, envelope: dict[str, Any], blob: bytes = b"") -> Any:
    if _link is None:
        raise NoSupervisor(what)
    if not _link.is_ours():
        raise AirflowException(
            f"{what} was asked for in a process that the task forked off, and only the task's own process can "
            "ask the supervisor. Read it before the fork and pass it on"
        )
    return _link.request(envelope, blob)


def get_variable(key: str) -> str | None:
    """The text of a Variable; None where there is none."""
    reply = _request(f"the Variable {key!r}", {"type": "get_variable", "key": key})
    return reply.blob.decode("utf-8") if reply["found"] else None


def set_variable(key: str, value: str, description: str | None = None) -> None:
    """Stores a Variable, also over one that exists."""
    envelope = {"type": "set_variable", "key": key, "description": description}
    _request(f"setting the Variable {key!r}", envelope, value.encode("utf-8", "surrogatepass"))


def delete_variable(key: str) -> int:
    """The number of Variables deleted: 0 or 1."""
    return _request(f"deleting the Variable {key!r}", {"type": "delete_variable", "key": key}).get("count", 0)


def get_connection(conn_id: str) -> dict[str, Any] | None:
    """The fields of a Connection, or its address as ``{"uri": …}``; None where there is none."""
    reply = _request(f"the Connection {conn_id!r}", {"type": "get_connection", "conn_id": conn_id})
    if not reply["found"]:
        return None
    return {"uri": reply["uri"]} if reply.get("uri") is not None else reply["connection"]


def set_xcom(key: dict[str, Any], value: bytes) -> None:
    """Stores one XCom; `key` has key, dag_id, task_id, run_id and map_index."""
    _request(f"setting the XCom {key['key']!r}", {"type": "xcom_set", **key}, value)


def get_xcoms(
    *,
    dag_id: str,
    run_id: str,
    task_ids: Sequence[str] | None,
    map_indexes: Sequence[int] | None,
    key: str | None,
    include_prior_dates: bool = False,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """XComs with task_id, map_index, run_id, key and the stored bytes as ``value``, newest first."""
    reply = _request(
        f"the XCom {key!r}",
        {
            "type": "get_xcoms",
            "dag_id": dag_id,
            "run_id": run_id,
            "task_ids": None if task_ids is None else list(task_ids),
            "map_indexes": None if map_indexes is None else list(map_indexes),
            "key": key,
            "include_prior_dates": include_prior_dates,
            "limit": limit,
        },
    )
    found, start = [], 0
    for item in reply["values"]:
        end = start + item["length"]
        found.append({"run_id": run_id, "key": key, **item, "value": reply.blob[start:end]})
        start = end
    return found


def skip_tasks(tasks: Sequence[Any]) -> None:
    """Skips ``(task_id, map_index)`` of this run, as far as they have not begun."""
    _request("skipping tasks", {"type": "skip_tasks", "tasks": [list(task) for task in tasks]})


def count_task_instances(
    *,
    dag_id: str,
    states: Sequence[str],
    logical_dates: Sequence[str] | None = None,
    run_ids: Sequence[str] | None = None,
    task_ids: Sequence[str] | None = None,
    task_group_id: str | None = None,
) -> dict[str, int]:
    """``count`` task instances of the given runs are in one of `states`, of ``total`` in any."""
    if task_group_id is not None:
        dag = _get_dag(dag_id)
        task_ids = [] if dag is None else _stored(dag).tasks_of_group(task_group_id)
    return _request(
        f"the states of tasks of the DAG {dag_id!r}",
        {
            "type": "count_task_instances",
            "dag_id": dag_id,
            "logical_dates": logical_dates,
            "run_ids": run_ids,
            "task_ids": task_ids,
            "states": list(states),
        },
    )


def count_dag_runs(*, dag_id: str, logical_dates: Sequence[str], states: Sequence[str]) -> int:
    """How many runs of the given logical dates are in one of `states`."""
    return _request(
        f"the states of runs of the DAG {dag_id!r}",
        {
            "type": "count_dag_runs",
            "dag_id": dag_id,
            "logical_dates": list(logical_dates),
            "states": list(states),
        },
    )["count"]


def get_task_instances(*, dag_id: str, run_id: str, task_ids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The rows of task instances of one run."""
    return _request(
        f"the task instances of the run {run_id!r}",
        {
            "type": "get_task_instances",
            "dag_id": dag_id,
            "run_id": run_id,
            "task_ids": None if task_ids is None else list(task_ids),
        },
    )["task_instances"]


def get_task_instance_state() -> str | None:
    """The state that the database now has for the task instance of this try."""
    return _request("the task instance's state", {"type": "get_task_instance_state"})["state"]


def first_reschedule(try_number: int) -> str | None:
    """When a rescheduled sensor looked for the first time in this try; None at the first time."""
    envelope = {"type": "get_first_reschedule", "try_number": try_number}
    return _request("the first poke of this try", envelope)["start_date"]


def trigger_dag_run(
    *, dag_id: str, run_id: str, logical_date: str, conf: Any = None, reset_dag_run: bool = False
) -> dict[str, Any]:
    """Creates a run: ``run_id``, and ``created``, which is false where the run was there already."""
    return _request(
        f"triggering the DAG {dag_id!r}",
        {
            "type": "trigger_dag_run",
            "dag_id": dag_id,
            "run_id": run_id,
            "logical_date": logical_date,
            "reset_dag_run": reset_dag_run,
        },
        json.dumps({} if conf is None else conf).encode("utf-8"),
    )


def get_dag_run_state(dag_id: str, run_id: str) -> str | None:
    """The state of a run; None where there is no such run."""
    envelope = {"type": "get_dag_run_state", "dag_id": dag_id, "run_id": run_id}
    return _request(f"the state of the run {run_id!r}", envelope)["state"]


def get_previous_dag_run(dag_id: str, run_id: str, *, state: str | None = None, scheduled_only: bool = False) -> Any:
    """The run before this one: a reply with ``dag_run`` (columns or None), and its pickled conf as ``blob``."""
    envelope = {
        "type": "get_previous_dag_run",
        "dag_id": dag_id,
        "run_id": run_id,
        "state": state,
        "scheduled_only": scheduled_only,
    }
    return _request(f"the run before {run_id!r}", envelope)


def get_dataset_events(*, uri: str | None = None, alias: str | None = None) -> list[dict[str, Any]]:
    """The events of a dataset, or those that came through an alias, with their ``extra``; oldest first."""
    envelope = {"type": "get_dataset_events", "uri": uri, "alias": alias}
    reply = _request(f"the events of {uri or alias!r}", envelope)
    found, start = [], 0
    for item in reply["events"]:
        end = start + item.pop("length")
        found.append({**item, "extra": json.loads(reply.blob[start:end])})
        start = end
    return found


def get_dag_facts(dag_id: str) -> dict[str, Any] | None:
    """What is stored about any DAG: is_paused, is_active, fileloc, task_ids, task_group_ids. None if unknown."""
    reply = _get_dag(dag_id)
    if reply is None:
        return None
    stored = _stored(reply)
    return {**reply["dag"], "task_ids": stored.task_ids, "task_group_ids": stored.task_group_ids}


def _get_dag(dag_id: str) -> Any:
    reply = _request(f"the DAG {dag_id!r}", {"type": "get_dag", "dag_id": dag_id})
    return None if reply["dag"] is None else reply


def _stored(reply: Any) -> StoredDag:
    return StoredDag(reply.blob, is_compressed=reply["dag"].get("is_compressed", False))

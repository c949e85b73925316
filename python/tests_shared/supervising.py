"""A small supervisor for tests: it forks the process of one try and records what that says.

A real socket pair and a real fork, with whichever package answers to `import airflow`.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOGICAL_DATE = "2024-01-01T00:00:00+00:00"
RUN_ID = "scheduled__2024-01-01T00:00:00+00:00"


@dataclass
class Ended:
    """What one try did, as its supervisor and its reader see it."""

    exit_code: int
    messages: list[tuple[dict[str, Any], bytes]]
    log: str
    output: str

    @property
    def outcome(self) -> dict[str, Any]:
        assert self.messages, f"no message; the log is:\n{self.log}\noutput:\n{self.output}"
        last, _ = self.messages[-1]
        assert last["type"] == "outcome", f"the last message is {last}; the log is:\n{self.log}"
        return last

    @property
    def state(self) -> str:
        return self.outcome["state"]

    @property
    def xcoms(self) -> dict[str, bytes]:
        """Every XCom that ends up stored, by key."""
        found: dict[str, bytes] = {}
        for envelope, blob in self.messages:
            if envelope["type"] == "xcom_set":
                found[envelope["key"]] = blob
            elif envelope["type"] == "outcome":
                start = 0
                for item in envelope["xcoms"]:
                    found[item["key"]] = blob[start : start + item["length"]]
                    start += item["length"]
        return found

    @property
    def returned(self) -> Any:
        return json.loads(self.xcoms["return_value"])

    @property
    def rendered(self) -> dict[str, Any]:
        [blob] = [blob for envelope, blob in self.messages if envelope["type"] == "rendered_fields"]
        return json.loads(blob)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [envelope for envelope, _ in self.messages if envelope["type"] == kind]


@dataclass
class Supervisor:
    folder: Path
    on_message: Callable[[int, dict[str, Any]], str | None] | None = None
    refuse: dict[str, str] = field(default_factory=dict)
    #: By type of request: the fields of its reply, or a function from the request to fields and blob.
    answers: dict[str, Any] = field(default_factory=dict)

    def write_dag(self, source: str, name: str = "dag_file.py") -> Path:
        path = self.folder / name
        path.write_text(textwrap.dedent(source))
        return path

    def run(self, source: str, task_id: str = "t", *, role: str = "task", **changes: Any) -> Ended:
        """Runs `task_id` of the only DAG, `d`, in `source`."""
        path = self.write_dag(source)
        conf = changes.pop("conf", {})
        return self.run_message(run_task(path, self.folder, task_id, **changes), pickle.dumps(conf), role=role)

    def run_message(self, envelope: dict[str, Any], blob: bytes, *, role: str = "task") -> Ended:
        ours, theirs = socket.socketpair()
        log_path = self.folder / "attempt.log"
        output_path = self.folder / "output.txt"
        pid = os.fork()
        if pid == 0:
            ours.close()
            _be_child(theirs, log_path, output_path, role)
        theirs.close()
        messages = self._serve(ours, pid, envelope, blob)
        _, status = os.waitpid(pid, 0)
        return Ended(
            os.waitstatus_to_exitcode(status),
            messages,
            log_path.read_text() if log_path.exists() else "",
            output_path.read_text(),
        )

    def _serve(self, sock: socket.socket, pid: int, envelope: dict[str, Any], blob: bytes) -> list[Any]:
        from updraft_runtime.frames import Channel, SupervisorGone

        channel = Channel(sock)
        channel.send(envelope, blob)
        messages: list[Any] = []
        with sock:
            while True:
                try:
                    message = channel.receive()
                except SupervisorGone:
                    return messages
                if message is None:
                    return messages
                messages.append((dict(message), message.blob))
                if self.on_message and self.on_message(pid, message) == "leave":
                    return messages
                if "id" in message:
                    error = self.refuse.get(message["type"])
                    answer = self.answers.get(message["type"], {})
                    fields, blob = answer(message) if callable(answer) else (answer, b"")
                    reply = {"type": "reply", "id": message["id"], "ok": error is None, "error": error}
                    channel.send({**reply, **fields}, blob)


def _be_child(sock: socket.socket, log_path: Path, output_path: Path, role: str) -> None:
    import traceback

    code = 99
    try:
        os.setsid()
        output = os.open(output_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = os.fdopen(1, "w", closefd=False, buffering=1)
        sys.stderr = os.fdopen(2, "w", closefd=False, buffering=1)
        log_fd = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        from updraft_runtime import callbacks, task_runner
        from updraft_runtime.frames import Channel

        channel = Channel(sock)
        message = channel.receive()
        if role == "parse":
            from updraft_runtime import loader

            code = loader.parse(channel, message)
        else:
            runner = {"task": task_runner.run, "callback": callbacks.run}[role]
            code = runner(channel, log_fd, message)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def run_task(path: Path, folder: Path, task_id: str, **changes: Any) -> dict[str, Any]:
    """The `run_task` message for a task of the DAG `d`; `changes` go to the row and the envelope."""
    row = {
        "dag_id": "d",
        "task_id": task_id,
        "run_id": RUN_ID,
        "map_index": -1,
        "start_date": "2024-01-02T00:00:01.000002+00:00",
        "state": "running",
        "try_number": 1,
        "max_tries": 0,
        "hostname": "worker-1",
        "unixname": "airflow",
        "job_id": 7,
        "pool": "default_pool",
        "pool_slots": 1,
        "queue": "default",
        "priority_weight": 1,
        "operator": "PythonOperator",
        "pid": 1234,
    }
    row.update({name: value for name, value in changes.items() if name in row or name == "task_instance"})
    dag_run = {
        "id": 1,
        "dag_id": "d",
        "run_id": RUN_ID,
        "execution_date": LOGICAL_DATE,
        "data_interval_start": LOGICAL_DATE,
        "data_interval_end": "2024-01-02T00:00:00+00:00",
        "start_date": "2024-01-02T00:00:00.500000+00:00",
        "state": "running",
        "run_type": "scheduled",
        "external_trigger": False,
        "log_template_id": 2,
        "clear_number": 0,
        **changes.pop("dag_run", {}),
    }
    return {
        "type": "run_task",
        "path": str(path),
        "dags_folder": str(folder),
        "mark_success": changes.pop("mark_success", False),
        **{name: row[name] for name in ("dag_id", "task_id", "run_id", "map_index", "try_number", "max_tries")},
        "job_id": row["job_id"],
        "hostname": row["hostname"],
        "task_instance": row,
        "dag_run": dag_run,
        **{name: value for name, value in changes.items() if name not in row},
    }

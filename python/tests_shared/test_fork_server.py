"""Tries through the real fork server: a zygote in a process of its own, and a warm DAG process."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import supervising
from dags import dag

from updraft_runtime import frames

RUNTIME = Path(frames.__file__).parent


class Control:
    """The supervisor's end of a fork server's control socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.channel = frames.Channel(sock)

    def fork(self, role: str) -> tuple[socket.socket, int, int]:
        """Asks for a child; gives its channel, the read end of its output and the lifeline."""
        ours, theirs = socket.socketpair()
        output, output_end = os.pipe()
        lifeline_end, lifeline = os.pipe()
        request = {"type": "fork", "child": role, "role": role, "tag": str(uuid.uuid4())}
        head = frames.encode({**request, "fds": ["channel", "output", "lifeline"]})
        socket.send_fds(self.socket, [head], [theirs.fileno(), output_end, lifeline_end])
        theirs.close()
        for descriptor in (output_end, lifeline_end):
            os.close(descriptor)
        assert self.channel.receive()["type"] == "forked"
        return ours, output, lifeline

    def run(self, message: dict[str, Any], log: Path) -> tuple[list[frames.Message], str, frames.Message]:
        """Runs one try: its messages, its raw output and the report of its end."""
        sock, output, lifeline = self.fork("task")
        log_fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        blob = pickle.dumps({})
        socket.send_fds(sock, [frames.encode(message, blob) + blob], [log_fd])
        os.close(log_fd)
        child = frames.Channel(sock)
        messages = list(iter(child.receive, None))
        with sock, os.fdopen(output) as raw:
            text = raw.read()
        os.close(lifeline)
        return messages, text, self.channel.receive()


@pytest.fixture(scope="module")
def zygote():
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([sys.executable, str(RUNTIME / "__main__.py")], stdin=theirs)
    theirs.close()
    control = Control(ours)
    try:
        control.channel.send({"type": "preload", "sdk": "auto", "modules": []})
        ready = control.channel.receive()
        assert (ready["type"], ready["threads"], ready["open_sockets"], ready["preload_errors"]) == ("ready", 1, 0, {})
        yield control
        # Without `retire` the end of the socket ends all children.
        ours.close()
        assert process.wait(30) == 0
    finally:
        # What a failed test left behind must not be waited for.
        process.kill()
        process.wait()


def load(zygote: Control, path: Path) -> tuple[Control, int, int]:
    """A warm process for the DAG file: its control socket, its output and its lifeline."""
    sock, output, lifeline = zygote.fork("warm")
    control = Control(sock)
    control.channel.send({"type": "load", "path": str(path), "dags_folder": str(path.parent)})
    loaded = control.channel.receive()
    assert loaded["ok"], loaded
    return control, output, lifeline


def retire(zygote: Control, control: Control, output: int, lifeline: int) -> None:
    control.channel.send({"type": "retire"})
    assert zygote.channel.receive()["type"] == "exited"
    os.close(output)
    os.close(lifeline)


BODY = "print('printed'); os.system('echo raw'); return sorted(set(sys.modules) - before)"


@pytest.mark.parametrize("warm", [False, True])
def test_try(zygote, tmp_path, warm):
    # The task tells what it had to import while it ran: nothing, but its own file.
    path = tmp_path / "dag_file.py"
    path.write_text(dag(BODY) + "\nimport sys\nbefore = set(sys.modules)\n")
    control = zygote
    if warm:
        control, output, lifeline = load(zygote, path)
    messages, raw, exited = control.run(supervising.run_task(path, tmp_path, "t"), tmp_path / "log")
    log = (tmp_path / "log").read_text()
    assert messages, (raw, log)
    assert messages[-1]["state"] == "success", log
    assert "INFO - printed" in log
    assert raw == "raw\n"
    assert (exited["type"], exited["code"]) == ("exited", 0)
    assert not json.loads(messages[-1].blob), json.loads(messages[-1].blob)
    if warm:
        retire(zygote, control, output, lifeline)


def test_large_pages_are_taken_within_the_limit_and_tasks_go_on(zygote, tmp_path):
    path = tmp_path / "dag_file.py"
    path.write_text(dag("pass"))
    control, output, lifeline = load(zygote, path)
    message = supervising.run_task(path, tmp_path, "t")
    sizes = []
    for limit_kb in (1024, 1 << 20):
        control.channel.send({"type": "use_large_pages", "limit_kb": limit_kb})
        resized = control.channel.receive()
        assert resized["type"] == "resized"
        sizes.append(resized["rss_kb"])
        messages, raw, _ = control.run(message, tmp_path / "log")
        assert messages[-1]["state"] == "success", raw
    # A kernel without large pages leaves the size alone.
    assert sizes[0] < 20 * 1024 and sizes[1] < 1 << 20
    retire(zygote, control, output, lifeline)

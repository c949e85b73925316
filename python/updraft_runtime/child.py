"""What a process does between its fork and the work of its role."""

from __future__ import annotations

import gc
import os
import socket
import sys
import traceback
from typing import NoReturn

from updraft_runtime import lifeline, plain_signal
from updraft_runtime.frames import Channel, Message


def run(request: Message, descriptors: dict[str, int]) -> NoReturn:
    """Runs the role that ``request`` names; never returns into the fork server."""
    code = 1
    try:
        _become_leader(request, descriptors)
        code = _run_role(request, descriptors)
    except SystemExit as exit_request:
        code = _exit_code(exit_request)
    except BaseException:  # noqa: BLE001 - nothing may unwind into the fork server's loop
        traceback.print_exc()
    finally:
        _leave(code)


def _become_leader(request: Message, descriptors: dict[str, int]) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    output = descriptors["output"]
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.setsid()
    plain_signal.set_mask(plain_signal.SIG_SETMASK, ())
    for stream in (sys.stdout, sys.stderr):
        # A pipe would be block buffered, and a killed task would lose its last words.
        stream.reconfigure(line_buffering=True)
    lifeline.mark(request["tag"])
    lifeline.hold(descriptors["lifeline"])
    if request.get("run_as_user"):
        _become_user(request["run_as_user"])
    # random reseeds itself after a fork; numpy's global generator does not.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    gc.enable()


def _become_user(name: str) -> None:
    import pwd

    entry = pwd.getpwnam(name)
    if entry.pw_uid == os.geteuid() != 0:
        # As in Airflow, nothing is to be done for one's own user.
        return
    if os.geteuid() != 0:
        raise PermissionError(f"run_as_user {name!r} needs a supervisor that runs as root")
    os.initgroups(entry.pw_name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ.update(HOME=entry.pw_dir, USER=entry.pw_name, LOGNAME=entry.pw_name)


def _run_role(request: Message, descriptors: dict[str, int]) -> int:
    sock = socket.socket(fileno=descriptors["channel"])
    role = request["role"]
    if role == "warm":
        from updraft_runtime import warm

        warm.serve(sock)
    channel = Channel(sock)
    message, log_fd = channel.receive_first()
    if message is None:
        # The claim failed, or the supervisor ended: there is nothing to do.
        return 0
    if role == "task":
        from updraft_runtime import task_runner

        code = task_runner.run(channel, log_fd, message)
    elif role == "callback":
        from updraft_runtime import callbacks

        code = callbacks.run(channel, log_fd, message)
    elif role == "parse":
        from updraft_runtime import loader

        code = loader.parse(channel, message)
    else:
        raise ValueError(f"unknown role {role!r}")
    return code if isinstance(code, int) else 0


def _exit_code(request: SystemExit) -> int:
    if request.code is None:
        return 0
    if isinstance(request.code, int):
        return request.code & 0xFF
    print(request.code, file=sys.stderr)
    return 1


def _leave(code: int) -> NoReturn:
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        if "logging" in sys.modules:
            sys.modules["logging"].shutdown()
    finally:
        # Neither atexit handlers, which belong to the fork server, nor a wait for threads.
        os._exit(code)

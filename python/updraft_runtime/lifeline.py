"""Ties a process group to the life of the supervisor, and names processes by a tag."""

from __future__ import annotations

import fcntl
import os
import signal

TAG_VARIABLE = "UPDRAFT_TASK_TAG"
TAG_FILE = "updraft:"

# Not in the fcntl module of Python 3.11; the value is the same on every Linux architecture.
F_SETSIG = getattr(fcntl, "F_SETSIG", 10)


def hold(descriptor: int) -> None:
    """Has the kernel send SIGTERM to this process group when the pipe's other end closes.

    Works without this process doing anything, so also while C code holds the interpreter.
    """
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(descriptor, F_SETSIG, signal.SIGTERM)
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    # The supervisor may have died between its message and this line: no signal comes then.
    try:
        ended = os.read(descriptor, 1) == b""
    except BlockingIOError:
        ended = False
    if ended:
        os.kill(os.getpid(), signal.SIGTERM)


def mark(tag: str) -> None:
    """Makes this process and all it starts recognisable.

    The environment reaches programs that are started; /proc/<pid>/environ of a process that was
    only forked still shows the environment of the fork server, so an anonymous file carries
    the tag there.
    """
    os.environ[TAG_VARIABLE] = tag
    os.memfd_create(TAG_FILE + tag, os.MFD_CLOEXEC)


def tagged(tags: set[str]) -> list[int]:
    """Process ids, other than our own, that carry one of ``tags``."""
    wanted = {f"{TAG_VARIABLE}={tag}".encode() for tag in tags}
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid() and _carries(entry, wanted, tags):
            found.append(int(entry))
    return found


def _carries(pid: str, variables: set[bytes], tags: set[str]) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as environ:
            if not variables.isdisjoint(environ.read().split(b"\0")):
                return True
        directory = f"/proc/{pid}/fd"
        for descriptor in os.listdir(directory):
            target = os.readlink(f"{directory}/{descriptor}")
            if target.startswith("/memfd:" + TAG_FILE):
                name = target[len("/memfd:" + TAG_FILE) :].removesuffix(" (deleted)")
                if name in tags:
                    return True
    except OSError:
        # Ended meanwhile, or another user's process.
        pass
    return False


def name_process(name: str) -> None:
    """What top and `ps -o comm` show; the kernel keeps 15 characters."""
    # Not `open`: what a text file needs costs a forked task more than all else here.
    comm = os.open("/proc/self/comm", os.O_WRONLY)
    try:
        os.write(comm, name.encode("utf-8", "replace"))
    finally:
        os.close(comm)

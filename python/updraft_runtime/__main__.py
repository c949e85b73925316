"""The zygote. Started by the supervisor with its control socket as stdin."""

from __future__ import annotations

import os
import sys

if not __package__:
    # Run as a file, so that no PYTHONPATH leaks into what tasks start. The directory of this file
    # must not be on the path: its modules would be found under their bare names.
    sys.path.pop(0)
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import ctypes
import gc
import signal
import socket
import time

from updraft_runtime import PROTOCOL_VERSION, lifeline, preload, preload_holes, preload_memory
from updraft_runtime.fork_server import ForkServer

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    started = time.monotonic()
    # A Ctrl-C in the terminal is for the supervisor, which then decides about the tasks.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lifeline.name_process("updraft-zygote")
    control = socket.socket(fileno=os.dup(0))
    os.set_inheritable(control.fileno(), False)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    # The children of a warm process that died come to us, so that their ends stay known.
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    server = ForkServer(control, float(os.environ.get("UPDRAFT_ORPHAN_GRACE_SECONDS", "5")))
    request = server.next_message()
    if request is None:
        return
    gc.disable()
    errors = preload.load(request.get("sdk", "auto"), request.get("modules", []), tasks=request.get("tasks", True))
    gc.collect()
    preload_holes.fill()
    gc.freeze()
    preload_memory.collapse()
    server.send(
        {
            "type": "ready",
            "protocol": PROTOCOL_VERSION,
            "pid": os.getpid(),
            "threads": preload.threads(),
            "open_sockets": preload.open_sockets() - 1,
            "preload_errors": errors,
            "seconds": time.monotonic() - started,
        }
    )
    server.serve()


if __name__ == "__main__":
    main()

"""Forks children on request, reaps them and reports how they ended.

One class serves both as zygote (nothing but libraries imported) and as warm DAG process (one DAG
file imported). Invariants: a single thread; no socket but the control socket; no blocking call
but poll(). Everything about a child's own work happens after the fork (``child.py``).
"""

from __future__ import annotations

import array
import json
import os
import select
import signal
import socket
import time
from collections import deque
from typing import NoReturn

from updraft_runtime import child, frames, lifeline, plain_signal, preload_memory

MAX_DESCRIPTORS = 16

#: What the server, or the process that started it, may have changed.
_OWN_SIGNALS = (plain_signal.SIGCHLD, plain_signal.SIGINT, plain_signal.SIGTERM, plain_signal.SIGHUP)


class Running:
    """A child that has not been reaped yet."""

    __slots__ = ("name", "tag")

    def __init__(self, name: str, tag: str) -> None:
        self.name = name
        self.tag = tag


class ForkServer:
    def __init__(self, control: socket.socket, orphan_grace: float) -> None:
        self._control = control
        self._orphan_grace = orphan_grace
        self._children: dict[int, Running] = {}
        self._received = bytearray()
        # Descriptors arrive in the order of the frames that name them, and not later than these.
        self._descriptors: deque[int] = deque()
        self._retired = False
        self._wake_reader, self._wake_writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def send(self, envelope: dict) -> None:
        try:
            self._control.sendall(frames.encode(envelope))
        except (BrokenPipeError, ConnectionResetError):
            # The poll loop sees the end of the stream by itself.
            pass

    def next_message(self) -> frames.Message | None:
        """Waits for one message, before serving; None at the end of the stream."""
        while (message := self._take_frame()) is None:
            if not self._receive(0):
                return None
        return message

    def serve(self) -> NoReturn:
        """Serves until the control socket closes or, after ``retire``, the last child ended."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._wake_reader, select.POLLIN)
        connected = self._serve_received()
        self._reap()
        while connected and not (self._retired and not self._children):
            for descriptor, _ in poll.poll():
                if descriptor == self._wake_reader:
                    self._drain_wakeups()
                    self._reap()
                else:
                    connected = self._receive(socket.MSG_DONTWAIT) and self._serve_received()
        if self._children:
            self._end_orphans()
        os._exit(0)

    def _serve_received(self) -> bool:
        while (message := self._take_frame()) is not None:
            kind = message.get("type")
            if kind == "fork":
                self._fork(message)
            elif kind == "retire":
                self._retired = True
            elif kind == "use_large_pages":
                preload_memory.collapse(message["limit_kb"])
                self.send({"type": "resized", "rss_kb": preload_memory.private_kb()})
        return True

    def _receive(self, flags: int) -> bool:
        """Reads what is there; False at the end of the stream."""
        size = array.array("i").itemsize
        try:
            data, ancillary, _, _ = self._control.recvmsg(
                65536, socket.CMSG_SPACE(MAX_DESCRIPTORS * size), flags | socket.MSG_CMSG_CLOEXEC
            )
        except BlockingIOError:
            return True
        except ConnectionResetError:
            return False
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                numbers = array.array("i")
                numbers.frombytes(payload[: len(payload) - len(payload) % size])
                self._descriptors.extend(numbers)
        self._received += data
        return bool(data)

    def _take_frame(self) -> frames.Message | None:
        header = frames.HEADER.size
        if len(self._received) < header:
            return None
        envelope_length, blob_length = frames.HEADER.unpack_from(self._received)
        end = header + envelope_length + blob_length
        if len(self._received) < end:
            return None
        envelope = json.loads(self._received[header : header + envelope_length])
        blob = bytes(self._received[header + envelope_length : end])
        del self._received[:end]
        return frames.Message(envelope, blob)

    def _fork(self, message: frames.Message) -> None:
        names = message.get("fds", [])
        descriptors = {name: self._descriptors.popleft() for name in names}
        try:
            if self._retired:
                raise RuntimeError("this fork server is retired")
            pid = os.fork()
        except (OSError, RuntimeError) as error:
            self._close(descriptors)
            self.send({"type": "fork_failed", "child": message["child"], "error": str(error)})
            return
        if pid == 0:
            self._leave_server()
            child.run(message, descriptors)
        self._close(descriptors)
        self._children[pid] = Running(message["child"], message["tag"])
        self.send({"type": "forked", "child": message["child"], "pid": pid})

    def _leave_server(self) -> None:
        """In the new child: gives up everything that belongs to the server."""
        signal.set_wakeup_fd(-1)
        for number in _OWN_SIGNALS:
            plain_signal.set_handler(number, plain_signal.SIG_DFL)
        self._control.close()
        os.close(self._wake_reader)
        os.close(self._wake_writer)
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._children.clear()

    @staticmethod
    def _close(descriptors: dict[str, int]) -> None:
        for descriptor in descriptors.values():
            os.close(descriptor)

    def _drain_wakeups(self) -> None:
        try:
            while os.read(self._wake_reader, 4096):
                pass
        except BlockingIOError:
            pass

    def _reap(self) -> None:
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            known = self._children.pop(pid, None)
            code = os.waitstatus_to_exitcode(status)
            self.send(
                {
                    "type": "exited",
                    "child": known.name if known else None,
                    "pid": pid,
                    "code": code if code >= 0 else None,
                    "signal": -code if code < 0 else None,
                    "utime": used.ru_utime,
                    "stime": used.ru_stime,
                    "maxrss_kb": used.ru_maxrss,
                }
            )

    def _end_orphans(self) -> None:
        """The supervisor is gone: nobody would store what the children do from here on."""
        tags = {running.tag for running in self._children.values()}
        self._signal_groups(signal.SIGTERM)
        deadline = time.monotonic() + self._orphan_grace
        wake = select.poll()
        wake.register(self._wake_reader, select.POLLIN)
        while self._children and (left := deadline - time.monotonic()) > 0:
            wake.poll(left * 1000)
            self._drain_wakeups()
            self._reap()
        self._signal_groups(signal.SIGKILL)
        for pid in lifeline.tagged(tags):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    def _signal_groups(self, number: int) -> None:
        for pid in self._children:
            try:
                os.killpg(pid, number)
            except OSError:
                # It is so young that it has no group of its own yet.
                os.kill(pid, number)

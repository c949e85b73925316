"""What one try says to the supervisor, safe against exceptions that signal handlers raise."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from updraft_runtime import plain_signal
from updraft_runtime.frames import Channel, Message, Refused, SupervisorGone

_RAISING = (plain_signal.SIGTERM, plain_signal.SIGALRM)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Holds SIGTERM and SIGALRM back: their handlers raise, and half a frame ends the connection."""
    before = plain_signal.set_mask(plain_signal.SIG_BLOCK, _RAISING)
    try:
        yield
    finally:
        plain_signal.set_mask(plain_signal.SIG_SETMASK, before)


class SupervisorLink:
    """The channel of one try. It belongs to the process that made it, not to what that forks."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._next_id = 0

    def is_ours(self) -> bool:
        return os.getpid() == self._pid

    def is_lost(self) -> bool:
        """Whether the supervisor has closed the connection, or does so at this moment.

        A supervisor that is killed closes its descriptors one after another. The signal that the
        closing of one of them sends can be quicker than the closing of this connection.
        """
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLRDHUP)
        return bool(poll.poll(200))

    def send(self, envelope: dict[str, Any], blob: bytes = b"") -> None:
        with self._lock, uninterrupted():
            self._channel.send(envelope, blob)

    def request(self, envelope: dict[str, Any], blob: bytes = b"") -> Message:
        """Sends `envelope` and waits for the reply; raises `Refused` when it is not ok."""
        with self._lock:
            self._next_id += 1
            number = self._next_id
            self.send({**envelope, "id": number}, blob)
            while True:
                # Only this wait can be interrupted: no byte of the reply has been taken yet.
                select.select([self._channel.fileno()], [], [])
                with uninterrupted():
                    reply = self._channel.receive()
                if reply is None:
                    raise SupervisorGone("the supervisor closed the connection")
                # An interrupted request leaves its reply behind.
                if reply.get("type") == "reply" and reply.get("id") == number:
                    break
        if not reply.get("ok"):
            raise Refused(reply.get("error") or "the supervisor refused the request")
        return reply

    def set_xcom(self, key: dict[str, Any], value: bytes) -> None:
        self.request({"type": "xcom_set", **key}, value)

    def skip_tasks(self, tasks: Sequence[tuple[str, int]]) -> None:
        """Skips task instances of this run; those that do not exist are ignored."""
        self.request({"type": "skip_tasks", "tasks": [list(task) for task in tasks]})

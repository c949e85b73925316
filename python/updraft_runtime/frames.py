"""Frames on a Unix stream socket: a JSON envelope and an opaque blob (docs/child-protocol.md)."""

from __future__ import annotations

import array
import json
import resource
import socket
import struct
import threading
from typing import Any

HEADER = struct.Struct(">II")
#: A number: to combine the enum members takes longer than the call.
_WHOLE_HEADER = int(socket.MSG_WAITALL | socket.MSG_CMSG_CLOEXEC)
MAX_ENVELOPE = 64 * 1024 * 1024
MAX_BLOB = 512 * 1024 * 1024


class FrameTooLarge(ValueError):
    """A message is longer than the supervisor takes."""


class Refused(RuntimeError):
    """The supervisor did not do what was asked."""


class SupervisorGone(ConnectionError):
    """The supervisor closed the socket; this process is about to be ended."""


class Message(dict):
    """An envelope, with the blob that came along as ``blob``."""

    __slots__ = ("blob",)

    def __init__(self, envelope: dict[str, Any], blob: bytes = b"") -> None:
        super().__init__(envelope)
        self.blob = blob


def encode(envelope: dict[str, Any], blob: bytes = b"") -> bytes:
    """The header and the envelope of a frame; the blob follows them unchanged."""
    text = json.dumps(envelope, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate cannot be written in UTF-8, and only user text can hold one.
    body = text.encode("utf-8", "replace")
    if len(body) > MAX_ENVELOPE:
        raise FrameTooLarge(f"a message of {len(body)} bytes is over the limit of {MAX_ENVELOPE}")
    if len(blob) > MAX_BLOB:
        raise FrameTooLarge(f"a value of {len(blob)} bytes is over the limit of {MAX_BLOB}")
    return HEADER.pack(len(body), len(blob)) + body


def usage() -> dict[str, float]:
    """CPU seconds and peak memory of this process and the children that it waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "utime": own.ru_utime + children.ru_utime,
        "stime": own.ru_stime + children.ru_stime,
        "maxrss_kb": max(own.ru_maxrss, children.ru_maxrss),
    }


class Channel:
    """A child's own socket to the supervisor."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._next_id = 0
        # Reentrant: a signal handler (SIGTERM, SIGALRM) may send while its own thread is sending.
        self._write_lock = threading.RLock()
        self._request_lock = threading.RLock()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, envelope: dict[str, Any], blob: bytes = b"") -> None:
        head = encode(envelope, blob)
        try:
            with self._write_lock:
                if len(blob) <= 65536:
                    self._socket.sendall(head + blob)
                else:
                    self._socket.sendall(head)
                    self._socket.sendall(blob)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise SupervisorGone("the supervisor closed the connection") from error

    def receive_first(self) -> tuple[Message | None, int | None]:
        """The first message, and the file descriptor that may have come with it."""
        size = array.array("i").itemsize
        try:
            head, ancillary, _, _ = self._socket.recvmsg(HEADER.size, socket.CMSG_SPACE(size), _WHOLE_HEADER)
        except ConnectionResetError:
            head, ancillary = b"", []
        if len(head) < HEADER.size:
            return None, None
        descriptors = array.array("i")
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(payload[: len(payload) - len(payload) % size])
        return self._body(head), descriptors[0] if descriptors else None

    def receive(self) -> Message | None:
        """The next message; None at the end of the stream."""
        head = self._read(HEADER.size, may_end=True)
        return None if head is None else self._body(head)

    def _body(self, head: bytes | bytearray) -> Message:
        envelope_length, blob_length = HEADER.unpack(head)
        envelope = json.loads(self._read(envelope_length))
        return Message(envelope, bytes(self._read(blob_length)) if blob_length else b"")

    def request(self, envelope: dict[str, Any], blob: bytes = b"") -> Message:
        """Sends ``envelope`` and waits for its reply, however long the supervisor needs."""
        with self._request_lock:
            self._next_id += 1
            number = self._next_id
            self.send({**envelope, "id": number}, blob)
            while True:
                reply = self.receive()
                if reply is None:
                    raise SupervisorGone("the supervisor closed the connection")
                # A reply to an older request, which an exception (a time-out) left behind.
                if reply.get("type") == "reply" and reply.get("id") == number:
                    break
        if not reply.get("ok"):
            raise Refused(reply.get("error") or "refused by the supervisor")
        return reply

    def _read(self, length: int, may_end: bool = False) -> bytearray | None:
        data = bytearray(length)
        view = memoryview(data)
        got = 0
        while got < length:
            try:
                count = self._socket.recv_into(view[got:])
            except ConnectionResetError:
                count = 0
            if count == 0:
                if may_end and got == 0:
                    return None
                raise SupervisorGone("the connection ended within a message")
            got += count
        return data

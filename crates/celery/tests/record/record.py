"""Records what Celery and kombu write to Redis, for the tests of this crate.

    python crates/celery/tests/record/record.py

in an environment with `celery[redis]` 5.4; it starts `redis-server` and a worker by itself, and writes
`tests/recorded/*.jsonl`: one JSON object a line, with the text as it was on the wire in `text`.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import redis

HERE = Path(__file__).parent
RECORDED = HERE.parent / "recorded"
NODE = "worker1@host1"
SEPARATOR = "\x06\x16"


def main() -> None:
    port = _free_port()
    url = f"redis://127.0.0.1:{port}/0"
    os.environ["RECORD_BROKER"] = url
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
    )
    try:
        client = redis.Redis(port=port, decode_responses=True)
        _until(lambda: _pings(client))
        _record(client)
    finally:
        server.terminate()
        server.wait()


def _record(client: redis.Redis) -> None:
    sys.path.insert(0, str(HERE))
    import proj

    messages = _messages(client, proj)
    published: list[dict] = []
    stop = threading.Event()
    listener = threading.Thread(target=_listen, args=(client, published, stop))
    listener.start()
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = [sys.executable, "-m", "celery", "-A", "proj", "worker", "-c", "1", "-n", NODE, "-E", "-O", "fair"]
    worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: any("worker.online" in item["channel"] for item in published))
        results, unacked = _run(client, proj)
        replies = _control(client)
        proj.app.control.revoke(str(uuid.uuid4()))
    finally:
        worker.terminate()
        worker.wait()
        stop.set()
        listener.join()
    _write("messages", messages + unacked)
    _write("results", results)
    _write("events", _one_of_each(published))
    _write("requests", [item for item in published if "pidbox" in item["channel"]])
    _write("replies", replies)


def _messages(client: redis.Redis, proj) -> list[dict]:
    """What producers push, while nobody consumes."""
    sent = {
        "positional": proj.add.apply_async((1, 2), queue="default"),
        "keywords": proj.add.apply_async(kwargs={"x": "it's", "y": None}, queue="default"),
        "priority": proj.add.apply_async((5, 6), queue="default", priority=5),
        "eta and expires": proj.add.apply_async((5, 6), queue="default", countdown=3, expires=60),
        "long arguments": proj.add.apply_async(("x" * 2000, 1), queue="default"),
        "unicode": proj.add.apply_async(("grün ✓ \ud83d\ude00", "a\nb"), queue="default"),
    }
    found = []
    for key in ["default", *(f"default{SEPARATOR}{step}" for step in (3, 6, 9))]:
        for text in client.lrange(key, 0, -1):
            ident = json.loads(text)["headers"]["id"]
            case = next(case for case, result in sent.items() if result.id == ident)
            found.append({"case": case, "key": key, "text": text})
        client.delete(key)
    return found


def _run(client: redis.Redis, proj) -> tuple[list[dict], list[dict]]:
    cases = {
        "success": proj.add.delay(1, 2),
        "failure": proj.fail.delay("boom ✓"),
        "retry": proj.again.delay(),
        "expired": proj.add.apply_async((1, 1), expires=-1),
        "rejected": proj.reject.delay(),
        "unknown": proj.app.send_task("no.such.task"),
    }
    running = proj.nap.delay(60)
    key = f"celery-task-meta-{running.id}"
    _until(lambda: client.exists(key))
    results = [{"case": "started", "key": key, "text": client.get(key)}]
    unacked = [
        {"case": "unacked", "key": "unacked", "text": text}
        for tag, text in client.hgetall("unacked").items()
        if running.id in text
    ]
    proj.app.control.revoke(running.id, terminate=True, signal="SIGKILL")
    cases["terminated"] = running
    for case, result in cases.items():
        key = f"celery-task-meta-{result.id}"
        done = lambda key=key: (text := client.get(key)) and json.loads(text)["status"] not in ("STARTED", "RETRY")  # noqa: E731
        if case != "rejected":
            _until(done)
        if text := client.get(key):
            results.append({"case": case, "key": key, "text": text})
    return results, unacked


COMMANDS = {
    "ping": {},
    "stats": {},
    "active": {"safe": True},
    "reserved": {},
    "scheduled": {},
    "registered": {},
    "active_queues": {},
    "revoked": {},
    "conf": {"with_defaults": False},
    "clock": {},
    "query_task": {"ids": ["nosuch"]},
    "hello": {"from_node": "other@host", "revoked": {}},
    "enable_events": {},
    "heartbeat": {},
    "time_limit": {"task_name": "nosuch", "soft": 1, "hard": 2},
    "pool_grow": {"n": 1},
    "pool_shrink": {"n": 1},
    "add_consumer": {"queue": "more"},
    "cancel_consumer": {"queue": "more"},
    "nosuch": {},
}


def _control(client: redis.Redis) -> list[dict]:
    """Asks as a client does, and takes the replies as they come."""
    replies = []
    for method, arguments in COMMANDS.items():
        address = str(uuid.uuid4())
        mailbox = f"{address}.reply.celery.pidbox"
        client.sadd("_kombu.binding.reply.celery.pidbox", SEPARATOR.join([address, "", mailbox]))
        request = {
            "method": method,
            "arguments": arguments,
            "destination": None,
            "pattern": None,
            "matcher": None,
            "ticket": str(uuid.uuid4()),
            "reply_to": {"exchange": "reply.celery.pidbox", "routing_key": address},
        }
        envelope = {
            "body": base64.b64encode(json.dumps(request).encode()).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"clock": 1, "expires": time.time() + 10},
            "properties": {
                "delivery_mode": 2,
                "delivery_info": {"exchange": "celery.pidbox", "routing_key": ""},
                "priority": 0,
                "body_encoding": "base64",
                "delivery_tag": str(uuid.uuid4()),
            },
        }
        client.publish("/0.celery.pidbox", json.dumps(envelope))
        got = client.brpop([mailbox], timeout=10)
        replies.append({"case": method, "key": mailbox, "text": got[1] if got else None})
    return replies


def _listen(client: redis.Redis, published: list[dict], stop: threading.Event) -> None:
    channels = client.pubsub(ignore_subscribe_messages=True)
    channels.psubscribe("/0.celery*")
    while not stop.is_set():
        message = channels.get_message(timeout=0.2)
        if message:
            published.append({"channel": message["channel"], "text": message["data"]})
    channels.close()


def _one_of_each(published: list[dict]) -> list[dict]:
    seen: dict[str, dict] = {}
    for item in published:
        if "celeryev" not in item["channel"]:
            continue
        body = json.loads(base64.b64decode(json.loads(item["text"])["body"]))
        for event in body if isinstance(body, list) else [body]:
            seen.setdefault(event["type"], item)
    return [{"case": kind, **item} for kind, item in sorted(seen.items())]


def _write(name: str, lines: list[dict]) -> None:
    RECORDED.mkdir(exist_ok=True)
    lines = [{**line, "text": _without_the_machine(line["text"])} for line in lines]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (RECORDED / f"{name}.jsonl").write_text(text, encoding="utf-8")


def _without_the_machine(text: str) -> str:
    """Leaves out names of folders and of the host, also in a body."""
    value = json.loads(text)
    if isinstance(value, dict) and "properties" in value:
        body = base64.b64decode(value["body"]).decode()
        value["body"] = base64.b64encode(_plain(body).encode()).decode()
        text = json.dumps(value)
    return _plain(text)


def _plain(text: str) -> str:
    for folder, name in ((str(HERE), "/project"), (sys.prefix, "/environment"), (sys.base_prefix, "/python")):
        text = text.replace(folder, name)
    return text.replace(socket.gethostname(), "host1")


def _pings(client: redis.Redis) -> bool:
    try:
        return client.ping()
    except redis.ConnectionError:
        return False


def _until(condition, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("recording: what was waited for did not happen")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


if __name__ == "__main__":
    main()

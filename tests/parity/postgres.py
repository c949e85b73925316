"""A private PostgreSQL server on a free loopback port, gone when its block is left."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


def programs() -> Path:
    """The folder of the newest server on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise SystemExit("PostgreSQL's server programs are missing: apt-get install postgresql")
    return found[-1].parent


def _as_server_user() -> dict[str, str]:
    """Arguments of subprocess calls: the server refuses to run as root."""
    return {"user": "postgres"} if os.geteuid() == 0 else {}


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server and yield the SQLAlchemy URL of an empty database on it."""
    binaries = programs()
    folder = Path(tempfile.mkdtemp(prefix="updraft-postgres-"))
    account = _as_server_user()
    if account:
        shutil.chown(folder, account["user"])
    name = account.get("user") or pwd.getpwuid(os.geteuid()).pw_name
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "cwd": "/", **account}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-A", "trust", "-U", name, "-N"],
        check=True,
        **quiet,
    )
    options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=100"
    subprocess.run(
        [
            binaries / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        ],
        check=True,
        **quiet,
    )
    try:
        yield f"postgresql+psycopg2://{name}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [binaries / "pg_ctl", "-D", data, "-m", "immediate", "stop"],
            check=False,
            **quiet,
        )
        shutil.rmtree(folder, ignore_errors=True)

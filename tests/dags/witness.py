"""Tasks that write down when they begin and end, and notice when they are not alone.

Not a DAG file: the DAG files beside it import it. One line an event: word, DAG, run, task, try, pid.
"""

from __future__ import annotations

import fcntl
import os
import time

FOLDER = os.environ["UPDRAFT_TEST_TRACE"]
SECONDS = float(os.environ.get("UPDRAFT_TEST_SECONDS", "0.01"))


def note(word: str, ti) -> None:
    line = f"{word} {ti.dag_id} {ti.run_id} {ti.task_id} {ti.try_number} {os.getpid()}\n"
    descriptor = os.open(f"{FOLDER}/trace", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def alone(ti) -> None:
    """The lock goes to every process that this one starts, and ends with the last of them."""
    descriptor = os.open(f"{FOLDER}/lock.{ti.dag_id}.{ti.run_id}.{ti.task_id}", os.O_WRONLY | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note("overlap", ti)
    os.set_inheritable(descriptor, True)


def work(ti) -> str:
    alone(ti)
    note("begin", ti)
    time.sleep(SECONDS)
    note("end", ti)
    return f"{ti.task_id} of {ti.run_id}"


def fail_once(ti) -> str:
    """Its first undisturbed try fails."""
    alone(ti)
    note("begin", ti)
    mark = f"{FOLDER}/failed.{ti.dag_id}.{ti.run_id}.{ti.task_id}"
    if not os.path.exists(mark):
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT))
        note("fail", ti)
        raise RuntimeError("fails as planned")
    note("end", ti)
    return f"{ti.task_id} of {ti.run_id}"


BASH = """
line() {
    echo "$1 {{ ti.dag_id }} {{ ti.run_id }} {{ ti.task_id }} {{ ti.try_number }} $$" >>"$UPDRAFT_TEST_TRACE/trace"
}
exec 9>>"$UPDRAFT_TEST_TRACE/lock.{{ ti.dag_id }}.{{ ti.run_id }}.{{ ti.task_id }}"
flock --nonblock 9 || line overlap
line begin
# Outlives the shell where that is killed; it must not be there any more when the next try begins.
sleep 20 &
sleep 0.02
kill $!
line end
echo "{{ ti.task_id }} of {{ ti.run_id }}"
"""

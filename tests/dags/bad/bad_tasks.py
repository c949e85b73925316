"""Tasks that end in every way but a good one, each in a DAG of its own."""

import ctypes
import os
import signal
import stat
import subprocess
import sys
from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no words")


def exits():
    print("last words")
    os._exit(7)


def leaves():
    sys.exit("enough")


def raises_unspeakable():
    raise Unspeakable


def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def crashes():
    ctypes.string_at(0)


def recurses():
    def deeper(n):
        return deeper(n + 1)

    return deeper(0)


def loud():
    line = "x" * 199 + "\n"
    for _ in range(1000):
        sys.stdout.write(line * 1000)
    print("that was all")


def loud_process():
    """Straight to the descriptor, one line without an end."""
    block = b"y" * (1 << 20)
    for _ in range(200):
        os.write(1, block)


def garbage():
    os.write(1, b"before \xff\xfe\x00\x1b[31m after\n")
    return "done"


def huge_xcom():
    return "z" * 20_000_000


def no_json():
    return object()


def not_a_number():
    return {"nan": float("nan"), "infinity": float("inf"), "big": 10**30}


def zero_character():
    return "a\0b\udce9"


def leaves_a_process():
    subprocess.Popen(["sleep", "1000"])
    return "left"


def closes_everything():
    os.closerange(0, 1024)


def talks_nonsense():
    """Into every socket, and then more than a socket holds."""
    for descriptor in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, b"\xff" * 64)
        except OSError:
            pass
    return "x" * 10_000_000


def says_what_no_column_holds():
    raise ValueError("zero \0 and half a pair \udce9")


ARGUMENTS = {"schedule": "@once", "start_date": datetime(2024, 1, 1), "catchup": False}
FUNCTIONS = [
    exits,
    leaves,
    raises_unspeakable,
    kills_itself,
    crashes,
    recurses,
    loud,
    loud_process,
    garbage,
    huge_xcom,
    no_json,
    not_a_number,
    zero_character,
    leaves_a_process,
    closes_everything,
    says_what_no_column_holds,
    talks_nonsense,
]

for function in FUNCTIONS:
    with DAG(function.__name__, **ARGUMENTS):
        PythonOperator(task_id="task", python_callable=function)

with DAG("template_error", **ARGUMENTS):
    BashOperator(task_id="task", bash_command="echo {{ no_such_thing.at_all }}")

with DAG("template_syntax", **ARGUMENTS):
    BashOperator(task_id="task", bash_command="echo {{ ds ")

with DAG("template_missing", **ARGUMENTS):
    BashOperator(task_id="task", bash_command="no_such_script.sh")

with DAG("fails_once_by_death", **ARGUMENTS):
    PythonOperator(task_id="task", python_callable=exits, retries=1, retry_delay=timedelta(seconds=0))

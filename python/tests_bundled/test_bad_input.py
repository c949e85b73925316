"""Values, output and endings that go wrong, and secrets."""

from __future__ import annotations

import pytest
from dags import dag


@pytest.mark.parametrize(
    "value", ["object()", "b'bytes'", "{1, object()}", "lambda: 1", "open(os.devnull)", "{'__classname__': 'x'}"]
)
def test_a_value_that_is_no_json_says_what_to_return_instead(supervisor, value):
    ended = supervisor.run(dag(f"return {value}", "show_return_value_in_logs=False, retries=1"), max_tries=1)
    assert ended.state == "up_for_retry"
    assert not ended.xcoms
    if "__classname__" not in value:
        assert "cannot be stored as JSON" in ended.log


def test_a_huge_pushed_value(supervisor):
    ended = supervisor.run(dag("context['ti'].xcom_push('k', 'x' * 20_000_000)"))
    assert ended.state == "success"
    assert len(ended.xcoms["k"]) == 20_000_002


def test_output_of_a_command_that_is_no_utf_8(supervisor):
    (supervisor.folder / "bytes.bin").write_bytes(b"a\xff\xfeb\n")
    more = f"BashOperator(task_id='b', bash_command='cat {supervisor.folder}/bytes.bin')"
    ended = supervisor.run(dag(more=more), task_id="b")
    assert ended.state == "success", ended.log
    assert ended.returned == r"a\xff\xfeb"


def test_output_of_a_command_without_an_end(supervisor):
    more = "BashOperator(task_id='b', bash_command='head -c 3000000 /dev/zero | tr \"\\\\0\" x')"
    ended = supervisor.run(dag(more=more), task_id="b")
    assert ended.state == "success", ended.log[-2000:]
    assert len(ended.returned) == 3_000_000


@pytest.mark.parametrize("cwd", ["/nowhere/at/all", "/etc/passwd"])
def test_a_working_directory_that_is_none(supervisor, cwd):
    ended = supervisor.run(dag(more=f"BashOperator(task_id='b', bash_command='true', cwd={cwd!r})"), task_id="b")
    assert ended.state == "failed"
    assert cwd in ended.outcome["exception"]


def test_an_execute_that_takes_no_context(supervisor):
    source = dag() + (
        "    from airflow.models import BaseOperator\n"
        "    class Own(BaseOperator):\n"
        "        def execute(self): return 1\n"
        "    Own(task_id='o')\n"
    )
    ended = supervisor.run(source, task_id="o")
    assert ended.state == "failed"
    assert "context" in ended.outcome["exception"]


def test_recursion_without_end(supervisor):
    ended = supervisor.run(dag("def again(): return again()\nreturn again()"))
    assert ended.state == "failed"
    assert "RecursionError" in ended.outcome["exception"]


def test_a_segmentation_fault_leaves_no_outcome(supervisor):
    ended = supervisor.run(dag("import ctypes\nctypes.string_at(0)"))
    assert ended.exit_code == -11
    assert not ended.of_type("outcome")


def found(text: bytes):
    return lambda message: ({"found": True}, text)


def test_secrets_of_the_supervisor_are_masked(supervisor):
    supervisor.answers["get_variable"] = found(b"s3cr3t-token")
    connection = {
        "conn_id": "db",
        "conn_type": "postgres",
        "login": "me",
        "password": "p4ssw0rd",
        "host": "h",
        "extra": None,
    }
    supervisor.answers["get_connection"] = {"found": True, "connection": connection}
    body = (
        "from airflow.hooks.base import BaseHook\n"
        "from airflow.models import Variable\n"
        "print('variable', Variable.get('my_token'))\n"
        "db = BaseHook.get_connection('db')\n"
        "print('connection', db.password, db.login, db.host)\n"
        "raise ValueError('with p4ssw0rd')"
    )
    ended = supervisor.run(dag(body, "op_kwargs={'a': '{{ var.value.my_token }} {{ conn.db.password }}'}"))
    assert "variable ***" in ended.log
    assert "connection *** me h" in ended.log
    assert "ValueError: with ***" in ended.log
    assert "s3cr3t" not in ended.log + str(ended.rendered)
    assert "p4ssw0rd" not in ended.log + str(ended.rendered) + ended.outcome["exception"]


def test_variables_and_connections_that_are_not_there(supervisor):
    supervisor.answers["get_variable"] = {"found": False}
    supervisor.answers["get_connection"] = {"found": False}
    body = "from airflow.models import Variable\nreturn Variable.get('none', 'default')"
    assert supervisor.run(dag(body)).returned == "default"
    ended = supervisor.run(dag(body.replace(", 'default'", "")))
    assert ended.state == "failed"
    assert "none" in ended.outcome["exception"]
    ended = supervisor.run(dag("from airflow.hooks.base import BaseHook\nBaseHook.get_connection('nowhere')"))
    assert ended.outcome["exception"].startswith("AirflowNotFoundException")
    assert "nowhere" in ended.outcome["exception"]


def test_a_variable_is_set(supervisor):
    ended = supervisor.run(dag("from airflow.models import Variable\nVariable.set('k', [1], serialize_json=True)"))
    assert ended.state == "success", ended.log
    [(envelope, blob)] = [item for item in ended.messages if item[0]["type"] == "set_variable"]
    assert envelope["key"] == "k"
    assert b"1" in blob

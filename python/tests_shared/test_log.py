"""What a reader of the task's log sees."""

from __future__ import annotations

import re

from dags import dag

LINE = re.compile(r"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}\] \{(?P<where>[\w<>]+\.py:\d+)\} (?P<rest>.*)$")


def lines(log: str) -> list[str]:
    """Level and text of each line; the start of a continuation line is a bar."""
    return [found["rest"] if (found := LINE.match(line)) else f"| {line}" for line in log.splitlines()]


def own_output(log: str) -> list[str]:
    found = lines(log)
    return found[found.index("INFO - ::endgroup::") + 1 : found.index("INFO - ::group::Post task execution logs")]


def test_order_of_a_whole_log(supervisor):
    ended = supervisor.run(dag("return 1", "on_success_callback=note('done')"))
    texts = [re.sub(r"process \d+|\d{8}T\d{6}$", "…", line) for line in lines(ended.log)]
    assert texts == [
        "INFO - ::group::Pre task execution logs",
        "INFO - Starting attempt 1 of 1",
        "INFO - Executing <Task(PythonOperator): t> on 2024-01-01 00:00:00+00:00",
        "INFO - Running <TaskInstance: d.t scheduled__2024-01-01T00:00:00+00:00 [running]> on host worker-1 in …",
        "INFO - Exporting env vars: AIRFLOW_CTX_DAG_OWNER='airflow' AIRFLOW_CTX_DAG_ID='d' AIRFLOW_CTX_TASK_ID='t' "
        "AIRFLOW_CTX_EXECUTION_DATE='2024-01-01T00:00:00+00:00' AIRFLOW_CTX_TRY_NUMBER='1' "
        "AIRFLOW_CTX_DAG_RUN_ID='scheduled__2024-01-01T00:00:00+00:00'",
        "INFO - ::endgroup::",
        "INFO - Done. Returned value was: 1",
        "INFO - ::group::Post task execution logs",
        "INFO - Marking task as SUCCESS. dag_id=d, task_id=t, run_id=scheduled__2024-01-01T00:00:00+00:00, "
        "execution_date=20240101T000000, start_date=20240102T000001, end_date=…",
        "INFO - Callback 0, <lambda>, begins",
        "INFO - done success None",
    ]


def test_printed_and_logged_lines(supervisor):
    body = r"""
print("out")
print("two\nlines")
print("err", file=sys.stderr)
logging.getLogger("of.mine").info("mine")
logging.getLogger("of.mine").debug("hidden")
print("\x1b[31mred\x1b[0m")
sys.stdout.write("no newline")
"""
    ended = supervisor.run(dag(body))
    assert own_output(ended.log) == [
        "INFO - out",
        "INFO - two",
        "| lines",
        "WARNING - err",
        "INFO - mine",
        "INFO - red",
        "INFO - Done. Returned value was: None",
        "INFO - no newline",
    ]
    assert "{logging_mixin.py:190} INFO - out" in ended.log
    assert "{dag_file.py:" in ended.log


def test_text_that_is_not_unicode(supervisor):
    """Printing it is an error, as on any UTF-8 terminal and on Airflow; logging it is not."""
    ended = supervisor.run(dag(r"logging.info('bad \udcff byte')"))
    assert ended.state == "success"
    assert r"INFO - bad \udcff byte" in ended.log
    ended = supervisor.run(dag(r"print('bad \udcff byte')"))
    assert ended.state == "failed"
    assert ended.outcome["exception"].startswith("UnicodeEncodeError")


def test_raw_writes_go_to_the_inherited_output(supervisor):
    ended = supervisor.run(dag("os.system('echo from a shell'); os.write(2, b'raw')"))
    assert "from a shell" in ended.output
    assert "raw" in ended.output
    assert "from a shell" not in ended.log


def test_many_lines(supervisor):
    ended = supervisor.run(dag("for n in range(20000): print('line', n)"))
    assert ended.state == "success"
    assert sum("INFO - line" in line for line in ended.log.splitlines()) == 20000


def test_secrets_are_masked_in_log_and_rendered_fields(supervisor, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_DB", "postgres://user:s3cr3t-w0rd@host/db")
    body = "from airflow.hooks.base import BaseHook\nprint('it is', BaseHook.get_connection('db').password)"
    ended = supervisor.run(dag(body, "op_kwargs={'x': '{{ conn.db.password }}', 'password': 'plain'}"))
    assert ended.state == "success"
    assert "s3cr3t-w0rd" not in ended.log
    assert "INFO - it is ***" in ended.log
    assert ended.rendered["op_kwargs"] == {"x": "***", "password": "***"}


def test_log_is_appended(supervisor):
    (supervisor.folder / "attempt.log").write_text("earlier\n")
    assert supervisor.run(dag()).log.startswith("earlier\n[")


def test_own_handler_of_the_user_stays(supervisor, monkeypatch):
    import logging

    class Own(logging.Handler):
        def emit(self, record):
            with open(supervisor.folder / "own.txt", "a") as file:
                file.write(record.getMessage() + "\n")

        def set_context(self, ti):
            with open(supervisor.folder / "own.txt", "a") as file:
                file.write(f"context {ti.task_id}\n")

    logger = logging.getLogger("airflow.task")
    monkeypatch.setattr(logger, "handlers", [*logger.handlers, Own()])
    supervisor.run(dag("print('seen')"))
    own = (supervisor.folder / "own.txt").read_text()
    assert "context t\n" in own
    assert "seen\n" in own

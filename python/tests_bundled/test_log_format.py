"""The settings of the task log."""

from __future__ import annotations

from dags import dag


def test_format_of_the_user(supervisor, monkeypatch):
    monkeypatch.setenv("AIRFLOW__LOGGING__LOG_FORMAT", "%(levelname)s|%(message)s")
    assert "\nINFO|::endgroup::\nINFO|printed\n" in supervisor.run(dag("print('printed')")).log


def test_level_of_the_user(supervisor, monkeypatch):
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    log = supervisor.run(dag("print('out')\nprint('err', file=sys.stderr)")).log
    assert "WARNING - err" in log
    assert "INFO" not in log

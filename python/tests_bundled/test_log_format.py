"""The settings of the task log."""

from __future__ import annotations

import pytest
from dags import dag

from updraft_runtime import sdk_bundled_logging


@pytest.fixture(autouse=True)
def settings_are_read_again():
    sdk_bundled_logging._handler.cache_clear()
    sdk_bundled_logging._level.cache_clear()
    yield
    sdk_bundled_logging._handler.cache_clear()
    sdk_bundled_logging._level.cache_clear()


def test_format_of_the_user(supervisor, monkeypatch):
    monkeypatch.setenv("AIRFLOW__LOGGING__LOG_FORMAT", "%(levelname)s|%(message)s")
    assert "\nINFO|::endgroup::\nINFO|printed\n" in supervisor.run(dag("print('printed')")).log


def test_level_of_the_user(supervisor, monkeypatch):
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
    log = supervisor.run(dag("print('out')\nprint('err', file=sys.stderr)")).log
    assert "WARNING - err" in log
    assert "INFO" not in log

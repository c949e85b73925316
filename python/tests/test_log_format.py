"""The line format of the installation's logging configuration."""

from __future__ import annotations

from dags import dag


def test_format_of_the_user(supervisor, monkeypatch):
    import logging

    [handler] = logging.getLogger("airflow.task").handlers
    monkeypatch.setattr(handler, "formatter", logging.Formatter("%(levelname)s|%(message)s"))
    assert "\nINFO|::endgroup::\nINFO|printed\n" in supervisor.run(dag("print('printed')")).log

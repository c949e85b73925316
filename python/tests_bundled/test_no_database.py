"""Code that wants the metadata database is told what to use instead."""

from __future__ import annotations

import pytest
from dags import dag


@pytest.mark.parametrize(
    "body",
    [
        "from airflow.utils.session import create_session\nwith create_session() as session: pass",
        "from airflow.utils.session import provide_session\n"
        "@provide_session\n"
        "def count(session=None): return session.query(1)\n"
        "count()",
        "from airflow import settings\nsettings.Session()",
        "from airflow.settings import Session\nsession = Session()",
        "from airflow.settings import engine\nengine.connect()",
        "from airflow.models import DagRun\nDagRun.find(dag_id='d')",
    ],
)
def test_the_error_names_the_supported_way(supervisor, body):
    ended = supervisor.run(dag(body))
    assert ended.state == "failed"
    assert "metadata database" in ended.outcome["exception"]
    assert "REST API" in ended.outcome["exception"]


def test_a_session_that_the_caller_gives_is_passed_on(supervisor):
    body = (
        "from airflow.utils.session import provide_session, NEW_SESSION\n"
        "@provide_session\n"
        "def own(a, session=NEW_SESSION): return [a, session]\n"
        "return own(1, session='s')"
    )
    assert supervisor.run(dag(body)).returned == [1, "s"]

"""The objects of a try belong to a session, as they do on Airflow: relations load when they are read."""

from __future__ import annotations

import rows
from dags import dag

from updraft_runtime.sdk_apache_rows import session_of

BODY = """
from sqlalchemy.orm import object_session
ti, run = context["ti"], context["dag_run"]
session = object_session(ti)
merged = session.merge(ti)
return [session is object_session(run), merged is ti, ti in session, run in session, ti.dag_run is run]
"""


def test_objects_are_in_one_session(supervisor, database):
    with rows.task_instance():
        ended = supervisor.run(dag(BODY))
    assert ended.returned == [True] * 5, ended.log


def test_relations_are_loaded_when_they_are_read(supervisor, database):
    body = "return [context['ti'].dag_model, [t.task_id for t in context['dag_run'].task_instances]]"
    with rows.task_instance():
        ended = supervisor.run(dag(body))
    assert ended.returned == [None, ["t"]], ended.log


def test_nothing_of_an_earlier_try_is_left():
    assert not list(session_of())

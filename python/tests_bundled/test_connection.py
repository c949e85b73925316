"""Connections: their URI and JSON forms, and where they come from."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from airflow.exceptions import AirflowException, AirflowNotFoundException
from airflow.models.connection import Connection

VECTORS = json.loads(
    (Path(__file__).parents[2] / "crates" / "secrets" / "tests" / "vectors" / "connection-vectors.json").read_text()
)
FIELDS = ("conn_type", "host", "schema", "login", "password", "port", "extra")


@pytest.mark.parametrize("expected", VECTORS["from_uri"], ids=lambda item: item["uri"])
def test_uri(expected):
    connection = Connection(conn_id="c", uri=expected["uri"])
    assert {name: getattr(connection, name) for name in FIELDS} == {name: expected[name] for name in FIELDS}
    assert connection.get_uri() == expected["get_uri"]


def test_uri_and_fields_together_are_refused():
    with pytest.raises(AirflowException, match="give it either"):
        Connection(conn_id="c", uri="http://h", login="me")


@pytest.mark.parametrize("uri", ["a://b://c://d", "http://me:x@https://h"])
def test_a_uri_that_is_none(uri):
    with pytest.raises(AirflowException, match="the URI of the connection 'c'"):
        Connection(conn_id="c", uri=uri)


def test_json_there_and_back():
    connection = Connection.from_json('{"conn_type": "google-cloud", "port": "5", "extra": {"a": [1]}}', "c")
    assert (connection.conn_type, connection.port, connection.extra_dejson) == ("google_cloud", 5, {"a": [1]})
    assert json.loads(connection.as_json()) == {"conn_type": "google_cloud", "port": 5, "extra": {"a": [1]}}
    with pytest.raises(ValueError, match="port"):
        Connection.from_json('{"port": "x"}', "c")


def test_extra():
    connection = Connection(conn_id="c", extra={"a": '{"b": 1}'})
    assert connection.extra_dejson == {"a": '{"b": 1}'}
    assert connection.get_extra_dejson(nested=True) == {"a": {"b": 1}}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Connection(conn_id="c", extra="no json")
    assert "no JSON object" in str(caught[0].message)


def test_from_the_environment(monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_C", "http://me@h:5/")
    assert Connection.get_connection_from_secrets("c").login == "me"
    monkeypatch.setenv("AIRFLOW_CONN_C", '{"conn_type": "http", "login": "you"}')
    assert Connection.get_connection_from_secrets("c").login == "you"


def test_without_a_supervisor_it_says_how_to_give_one():
    with pytest.raises(AirflowNotFoundException, match="AIRFLOW_CONN_"):
        Connection.get_connection_from_secrets("nowhere")


def test_no_hook():
    with pytest.raises(AirflowException, match='Unknown hook type "nowhere"'):
        Connection(conn_id="c", conn_type="nowhere").get_hook()
    assert Connection(conn_id="c", conn_type="nowhere").test_connection()[0] is False

"""Variables without a supervisor: from the environment, else a default, else a clear error."""

from __future__ import annotations

import pytest
from airflow._supervisor import NoSupervisor
from airflow.models.connection import Connection
from airflow.models.variable import Variable


def test_from_the_environment(monkeypatch):
    monkeypatch.setenv("AIRFLOW_VAR_LIMITS", '{"a": 1}')
    assert Variable.get("limits") == '{"a": 1}'
    assert Variable.get("limits", deserialize_json=True) == {"a": 1}
    assert Variable.setdefault("limits", {}, deserialize_json=True) == {"a": 1}


def test_default():
    assert Variable.get("nowhere", default_var=5) == 5
    assert Variable.get("nowhere", None) is None


def test_without_a_supervisor_it_says_how_to_give_one():
    with pytest.raises(NoSupervisor, match="AIRFLOW_VAR_"):
        Variable.get("nowhere")
    with pytest.raises(NoSupervisor):
        Variable.set("nowhere", 1)


BACKEND = """
from airflow.secrets import BaseSecretsBackend
class Backend(BaseSecretsBackend):
    def __init__(self, prefix): self.prefix = prefix
    def get_variable(self, key):
        if key == "broken": raise RuntimeError("no answer")
        return f"{self.prefix}/{key}" if key != "nowhere" else None
    def get_conn_value(self, conn_id): return '{"login": "backend"}' if conn_id == "c" else None
"""


def test_a_configured_backend_goes_first(tmp_path, monkeypatch, caplog):
    (tmp_path / "backend_of_test.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", "backend_of_test.Backend")
    monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND_KWARGS", '{"prefix": "p"}')
    for key in ("here", "nowhere", "broken"):
        monkeypatch.setenv(f"AIRFLOW_VAR_{key.upper()}", "environment")
    monkeypatch.setenv("AIRFLOW_CONN_C", "http://environment@h")
    monkeypatch.setenv("AIRFLOW_CONN_E", "http://environment@h")
    assert [Variable.get(key) for key in ("here", "nowhere", "broken")] == ["p/here", "environment", "environment"]
    assert "Backend failed" in caplog.text
    assert Connection.get_connection_from_secrets("c").login == "backend"
    assert Connection.get_connection_from_secrets("e").login == "environment"

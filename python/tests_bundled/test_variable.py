"""Variables without a supervisor: from the environment, else a default, else a clear error."""

from __future__ import annotations

import pytest
from airflow._supervisor import NoSupervisor
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

"""The template environment of a DAG may be made before the fork."""

from __future__ import annotations

from datetime import datetime

import pytest
from airflow import DAG

from updraft_runtime import rendering


@pytest.fixture
def kept(monkeypatch):
    monkeypatch.setattr(rendering, "_kept", {})
    return rendering._kept


def dag(**arguments):
    return DAG("d", start_date=datetime(2024, 1, 1), schedule=None, **arguments)


def test_a_kept_environment_is_used_for_its_own_dag_only(kept):
    mine, other = dag(user_defined_macros={"a": 1}), dag(user_defined_macros={"a": 2})
    rendering.keep_environments([mine])
    assert rendering._environment_of(mine) is rendering._environment_of(mine)
    found = [rendering._environment_of(each).from_string("{{ a }}").render() for each in (mine, other)]
    assert found == ["1", "2"]


def test_an_environment_that_cannot_be_made_is_left_to_the_task(kept):
    broken = dag(jinja_environment_kwargs={"no_such_option": 1})
    rendering.keep_environments([broken])
    assert kept == {}
    with pytest.raises(TypeError):
        rendering._environment_of(broken)


def test_a_file_of_many_dags_does_not_keep_all(kept):
    rendering.keep_environments(
        DAG(f"d{number}", start_date=datetime(2024, 1, 1), schedule=None) for number in range(100)
    )
    assert len(kept) == rendering.MAX_KEPT

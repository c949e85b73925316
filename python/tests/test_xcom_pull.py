"""Values that other tasks left, read from the database."""

from __future__ import annotations

import pytest
import rows
from dags import dag


@pytest.mark.parametrize(
    ("arguments", "pulled"),
    [
        ("task_ids='x'", {"a": [1]}),
        ("task_ids='x', key='other'", "second"),
        ("task_ids='x', key='none'", None),
        ("task_ids='x', key='none', default=5", 5),
        ("task_ids='nowhere', default=5", 5),
        ("task_ids=['x', 'nowhere']", [{"a": [1]}]),
        ("key='other'", "second"),
        ("task_ids='x', dag_id='e', default=6", 6),
        ("task_ids='x', map_indexes=-1", {"a": [1]}),
        ("task_ids='m'", ["m0", "m1"]),
        ("task_ids='m', map_indexes=1", "m1"),
        ("task_ids='x', include_prior_dates=True", {"a": [1]}),
    ],
)
def test_pull(supervisor, database, arguments, pulled):
    body = f"found = context['ti'].xcom_pull({arguments})\nreturn found if isinstance(found, (dict, str, int, type(None))) else list(found)"
    stored = [("x", -1, "return_value", b'{"a": [1]}'), ("x", -1, "other", b'"second"')]
    stored += [("m", 1, "return_value", b'"m1"'), ("m", 0, "return_value", b'"m0"')]
    with rows.xcoms(stored):
        ended = supervisor.run(dag(body, "show_return_value_in_logs=False"))
    assert ended.state == "success", ended.log
    assert (ended.returned if ended.xcoms else None) == pulled


def test_argument_from_another_task(supervisor, database):
    more = "@task\ndef x(): return 1\n@task\ndef y(v): return [v]\ny(x())"
    with rows.xcoms([("x", -1, "return_value", b"17")]):
        ended = supervisor.run(dag(more=more), task_id="y")
    assert ended.returned == [17]

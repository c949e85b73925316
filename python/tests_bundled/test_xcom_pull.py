"""Values that other tasks left: the supervisor is asked for them."""

from __future__ import annotations

import pytest
from dags import dag
from supervising import RUN_ID

STORED = [
    # Newest first, as the supervisor answers.
    ("x", -1, "other", b'"second"'),
    ("x", -1, "return_value", b'{"a": [1]}'),
    ("m", 1, "return_value", b'"m1"'),
    ("m", 0, "return_value", b'"m0"'),
]


def stored(message):
    """Answers like the database."""
    found = [
        item
        for item in STORED
        if message["dag_id"] == "d"
        and (message["task_ids"] is None or item[0] in message["task_ids"])
        and (message["map_indexes"] is None or item[1] in message["map_indexes"])
        and (message["key"] is None or item[2] == message["key"])
    ][: message["limit"]]
    values = [
        {"run_id": RUN_ID, "task_id": task_id, "map_index": map_index, "key": key, "length": len(value)}
        for task_id, map_index, key, value in found
    ]
    return {"values": values}, b"".join(item[3] for item in found)


@pytest.mark.parametrize(
    ("arguments", "pulled"),
    [
        ("task_ids='x'", {"a": [1]}),
        ("task_ids='x', key='other'", "second"),
        ("task_ids='x', key='none'", None),
        ("task_ids='x', key='none', default=5", 5),
        ("task_ids='nowhere', default=5", 5),
        ("task_ids=['x', 'nowhere']", [{"a": [1]}]),
        ("task_ids=['x', 'm']", [{"a": [1]}, "m0", "m1"]),
        ("task_ids=['m', 'x']", ["m0", "m1", {"a": [1]}]),
        ("task_ids=[]", []),
        ("key='other'", "second"),
        ("task_ids='x', key=None", "second"),
        ("task_ids='x', dag_id='e', default=6", 6),
        ("task_ids='x', map_indexes=-1", {"a": [1]}),
        ("task_ids='m'", ["m0", "m1"]),
        ("task_ids='m', map_indexes=1", "m1"),
        ("task_ids='m', map_indexes=[1, 0]", ["m1", "m0"]),
        ("task_ids='x', include_prior_dates=True", {"a": [1]}),
        ("task_ids='m', include_prior_dates=True", ["m0", "m1"]),
    ],
)
def test_pull(supervisor, arguments, pulled):
    body = (
        f"found = context['ti'].xcom_pull({arguments})\n"
        "return found if isinstance(found, (dict, str, int, type(None))) else list(found)"
    )
    supervisor.answers["get_xcoms"] = stored
    ended = supervisor.run(dag(body, "show_return_value_in_logs=False"))
    assert ended.state == "success", ended.log
    assert (ended.returned if ended.xcoms else None) == pulled


def test_a_mapped_result_is_a_sequence(supervisor):
    supervisor.answers["get_xcoms"] = stored
    body = "found = context['ti'].xcom_pull('m')\nreturn [len(found), found[0], found[-1], found[:1], str(found)]"
    ended = supervisor.run(dag(body))
    assert ended.returned == [2, "m0", "m1", ["m0"], "LazySelectSequence([2 items])"]


def test_a_mapped_result_is_returned_as_a_list(supervisor):
    supervisor.answers["get_xcoms"] = stored
    assert supervisor.run(dag("return context['ti'].xcom_pull('m')")).returned == ["m0", "m1"]


def test_argument_from_another_task(supervisor):
    supervisor.answers["get_xcoms"] = stored
    more = "@task\ndef x(): return 1\n@task\ndef y(v): return [v]\ny(x())"
    assert supervisor.run(dag(more=more), task_id="y").returned == [{"a": [1]}]


def test_template_that_pulls(supervisor):
    supervisor.answers["get_xcoms"] = stored
    ended = supervisor.run(dag("return context['v']", "op_kwargs={'v': '{{ ti.xcom_pull(\"x\").a[0] }}'}"))
    assert ended.returned == "1"


def test_a_custom_backend_reads_and_writes(supervisor, monkeypatch):
    (supervisor.folder / "own_backend.py").write_text(
        "from airflow.models.xcom import BaseXCom\n"
        "class Own(BaseXCom):\n"
        "    @staticmethod\n"
        "    def serialize_value(value, *, key=None, task_id=None, dag_id=None, run_id=None, map_index=None):\n"
        "        return BaseXCom.serialize_value(f'stored {value} of {task_id}')\n"
        "    @staticmethod\n"
        "    def deserialize_value(result):\n"
        "        return 'read ' + str(BaseXCom.deserialize_value(result))\n"
    )
    monkeypatch.syspath_prepend(supervisor.folder)
    monkeypatch.setenv("AIRFLOW__CORE__XCOM_BACKEND", "own_backend.Own")
    import airflow.models.xcom

    from updraft_runtime import xcom

    backend = airflow.models.xcom.resolve_xcom_backend()
    monkeypatch.setattr(airflow.models.xcom, "XCom", backend)
    monkeypatch.setattr(xcom, "XCom", backend)
    supervisor.answers["get_xcoms"] = stored
    assert supervisor.run(dag("return context['ti'].xcom_pull('x', key='other')")).returned == (
        "stored read second of t"
    )


def test_a_refused_pull_fails_the_task(supervisor):
    supervisor.refuse["get_xcoms"] = "the database is not there"
    ended = supervisor.run(dag("context['ti'].xcom_pull('x')"))
    assert ended.state == "failed"
    assert "the database is not there" in ended.log

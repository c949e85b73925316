"""Values that tasks return and push: what is stored, byte for byte, and who writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dags import dag

VECTORS = json.loads((Path(__file__).parent / "vectors" / "xcom-values.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["value"])
def test_stored_bytes(supervisor, vector):
    ended = supervisor.run(dag(f"return {vector['value']}"))
    if "error" in vector:
        assert ended.state == "failed"
        assert vector["error"] in ended.log
        assert not ended.xcoms
    elif vector["stored"] == "null":
        assert ended.xcoms == {}
    else:
        assert ended.xcoms == {"return_value": vector["stored"].encode()}


def test_no_push_when_the_task_says_so(supervisor):
    assert supervisor.run(dag("return 1", "do_xcom_push=False")).xcoms == {}


def test_multiple_outputs(supervisor):
    ended = supervisor.run(dag("return {'a': 1, 'b': [2]}", "multiple_outputs=True"))
    assert ended.xcoms == {"a": b"1", "b": b"[2]", "return_value": b'{"a": 1, "b": [2]}'}
    assert [item["key"] for item in ended.outcome["xcoms"]] == ["a", "b", "return_value"]


def test_push_waits_for_the_reply_and_reaches_the_supervisor_at_once(supervisor):
    ended = supervisor.run(dag("context['ti'].xcom_push('k', {'v': 1})\nreturn 2"))
    [push] = ended.of_type("xcom_set")
    assert push == {
        "type": "xcom_set",
        "id": 1,
        "key": "k",
        "dag_id": "d",
        "task_id": "t",
        "run_id": "scheduled__2024-01-01T00:00:00+00:00",
        "map_index": -1,
    }
    assert ended.xcoms == {"k": b'{"v": 1}', "return_value": b"2"}


def test_set_of_another_task(supervisor):
    body = (
        "from airflow.models.xcom import XCom\n"
        "XCom.set(key='k', value=1, dag_id='other', task_id='x', run_id='r', map_index=2)"
    )
    [push] = supervisor.run(dag(body)).of_type("xcom_set")
    assert (push["dag_id"], push["task_id"], push["run_id"], push["map_index"]) == ("other", "x", "r", 2)


def test_push_by_the_operator(supervisor):
    body = "context['task'].xcom_push(context, 'k', 1)"
    assert supervisor.run(dag(body)).xcoms == {"k": b"1"}


def test_refused_push_fails_the_task(supervisor):
    supervisor.refuse["xcom_set"] = "task instance is no longer this try's"
    ended = supervisor.run(dag("context['ti'].xcom_push('k', 1)"))
    assert ended.state == "failed"
    assert "no longer this try's" in ended.log


def test_result_is_stored_before_the_success_callback(supervisor):
    ended = supervisor.run(dag("return 1", "on_success_callback=note('done')"))
    assert [push["key"] for push in ended.of_type("xcom_set")] == ["return_value"]
    assert ended.outcome["xcoms"] == []


def test_result_is_kept_when_post_execute_fails(supervisor):
    more = "def broken(context, result): raise ValueError('late')\nt._post_execute_hook = broken"
    ended = supervisor.run(dag("return 1", more=more))
    assert ended.state == "failed"
    assert ended.xcoms == {"return_value": b"1"}


def test_huge_value(supervisor):
    ended = supervisor.run(dag("return 'x' * 50_000_000"))
    assert ended.state == "success"
    assert len(ended.xcoms["return_value"]) == 50_000_002


@pytest.mark.parametrize(
    ("body", "arguments"),
    [("return 'x' * 2000", ""), ("return {'k' * 513: 1}", "multiple_outputs=True")],
)
def test_what_no_database_takes_fails_the_task(supervisor, monkeypatch, body, arguments):
    from updraft_runtime import xcom

    monkeypatch.setattr(xcom, "MAX_BLOB", 1000)
    ended = supervisor.run(dag(body, "show_return_value_in_logs=False, " + arguments))
    assert ended.state == "failed"
    assert ended.xcoms == {}


def test_pushes_from_threads(supervisor):
    body = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(8) as pool:\n"
        "    list(pool.map(lambda n: context['ti'].xcom_push(f'k{n}', n), range(40)))"
    )
    ended = supervisor.run(dag(body))
    assert ended.xcoms == {f"k{n}": str(n).encode() for n in range(40)}


@pytest.mark.parametrize(
    ("returned", "state", "task_map"),
    [
        ("[1, 2, 3]", "success", {"length": 3, "keys": None}),
        ("{'a': 1, 'b': 2}", "success", {"length": 2, "keys": ["a", "b"]}),
        ("None", "failed", None),
        ("'text'", "failed", None),
        ("list(range(2000))", "failed", None),
    ],
)
def test_length_for_mapped_dependants(supervisor, returned, state, task_map):
    more = "PythonOperator.partial(task_id='m', python_callable=print).expand(op_args=t.output)"
    ended = supervisor.run(dag(f"return {returned}", more=more))
    assert (ended.state, ended.outcome["task_map"]) == (state, task_map)


def test_custom_backend(supervisor, monkeypatch):
    import airflow.models.xcom as module
    from airflow.models import xcom as models

    class Backend(models.BaseXCom):
        @staticmethod
        def serialize_value(value, *, key=None, task_id=None, dag_id=None, run_id=None, map_index=None):
            return models.BaseXCom.serialize_value(f"stored {value} of {task_id} under {key}")

    from updraft_runtime import xcom

    monkeypatch.setattr(module, "XCom", Backend)
    monkeypatch.setattr(xcom, "XCom", Backend)
    assert supervisor.run(dag("return 5")).returned == "stored 5 of t under return_value"

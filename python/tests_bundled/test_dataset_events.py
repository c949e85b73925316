"""The stored events of a task's inlets."""

from __future__ import annotations

from dags import dag

EVENT = {
    "id": 1,
    "uri": "s3://bucket/key",
    "source_dag_id": "producer",
    "source_task_id": "t",
    "source_run_id": "r",
    "source_map_index": -1,
    "timestamp": "2024-01-01T00:00:00+00:00",
}


def test_events_of_a_dataset_and_of_an_alias(supervisor):
    extras = [b'{"rows": 1}', b"{}"]

    def answer(message):
        events = [{**EVENT, "id": number, "length": len(extra)} for number, extra in enumerate(extras)]
        return ({"events": events if message["alias"] else events[:1]}, b"".join(extras))

    supervisor.answers["get_dataset_events"] = answer
    body = (
        "events = context['inlet_events']\n"
        "alias = events[DatasetAlias('alias')]\n"
        "print(alias[1])\n"
        "first = events[0][-1]\n"
        "return [first.extra, first.dataset.uri, first.timestamp.year, [event.id for event in alias]]"
    )
    source = "from airflow.datasets import Dataset, DatasetAlias\n" + dag(
        body, "inlets=[Dataset('s3://bucket/key'), DatasetAlias('alias')]"
    )
    ended = supervisor.run(source)
    assert ended.state == "success", ended.log
    assert ended.returned == [{"rows": 1}, "s3://bucket/key", 2024, [0, 1]]
    assert "DatasetEvent(id=1, uri='s3://bucket/key', extra={}, source_task_id='t'" in ended.log
    asked = [(m["uri"], m["alias"]) for m, _ in ended.messages if m["type"] == "get_dataset_events"]
    assert asked == [(None, "alias"), ("s3://bucket/key", None)]


def test_a_dataset_that_is_no_inlet_is_unknown(supervisor):
    body = "from airflow.datasets import Dataset\ncontext['inlet_events'][Dataset('s3://other')]"
    ended = supervisor.run(dag(body))
    assert ended.state == "failed"
    assert ended.outcome["exception"].startswith("KeyError")

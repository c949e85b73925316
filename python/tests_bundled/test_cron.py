"""Cron expressions and timetables give the answers that were recorded from croniter and Airflow.

The recordings are those of the scheduler's own timetables (`crates/core`), so that both halves agree with each other.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from pathlib import Path
from unittest import mock

import pytest
from airflow.timetables._cron_expression import CronError, CronExpression
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils import timezone

VECTORS = Path(__file__).parents[2] / "crates" / "core" / "tests" / "vectors"
TIMETABLES = ("timetable-vectors", "timetable-zones")


def recorded(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


@pytest.mark.parametrize("case", recorded("cron-vectors"), ids=lambda case: case["expression"])
def test_answers_of_croniter(case):
    if not case["valid"]:
        with pytest.raises(CronError):
            CronExpression(case["expression"])
        return
    cron = CronExpression(case["expression"])
    for start, *expected in case["answers"]:
        moment = datetime.datetime.fromisoformat(start)
        found = [answer(cron.next, moment), answer(cron.previous, moment)]
        assert found == [ours if wanted == "contradiction" else wanted for ours, wanted in zip(found, expected)], start


def answer(neighbour, moment):
    try:
        return neighbour(moment).isoformat()
    except CronError:
        return None


@pytest.mark.parametrize(("expression", "direction", "start", "skips"), recorded("cron-self-contradictions"))
def test_no_answer_contradicts_itself(expression, direction, start, skips):
    cron, moment = CronExpression(expression), datetime.datetime.fromisoformat(start)
    croniters = datetime.datetime.fromisoformat(skips)
    if direction == "next":
        assert moment < cron.next(moment) < croniters
        assert cron.previous(cron.next(moment)) <= moment
    else:
        assert croniters < cron.previous(moment) < moment
        assert cron.next(cron.previous(moment)) >= moment


def moment(text):
    return text and timezone.parse(text)


@contextlib.contextmanager
def at(now):
    with contextlib.ExitStack() as stack:
        for module in ("airflow.utils.timezone", "airflow.timetables.interval"):
            stack.enter_context(mock.patch(f"{module}.utcnow", return_value=moment(now)))
        yield


def decoded(encoded):
    from airflow.serialization.serialized_objects import decode_timetable

    return decode_timetable(encoded)


@pytest.mark.parametrize("case", [case for name in TIMETABLES for case in recorded(name)["next_runs"]])
def test_runs_of_airflow(case):
    timetable = decoded(case["timetable"])
    restriction = TimeRestriction(moment(case["earliest"]), moment(case["latest"]), case["catchup"])
    last = case["last_interval"] and DataInterval(*map(moment, case["last_interval"]))
    found = []
    with at(case["now"]):
        while len(found) <= len(case["runs"]):
            info = timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
            if info is None:
                break
            last = info.data_interval
            found.append([info.logical_date, last.start, last.end, info.run_after])
    assert found[: len(case["runs"])] == [[moment(text) for text in run] for run in case["runs"]]
    assert case["then"] == "limit" or len(found) == len(case["runs"])


@pytest.mark.parametrize("case", [case for name in TIMETABLES for case in recorded(name)["manual_intervals"]])
def test_intervals_of_manual_runs(case):
    interval = decoded(case["timetable"]).infer_manual_data_interval(run_after=moment(case["run_after"]))
    assert [interval.start, interval.end] == [moment(text) for text in case["interval"]]

"""Records runs of Airflow 2.10.5's timetables around clock changes, as golden vectors.

Run with a Python that has apache-airflow 2.10.5: python record_timetables.py
Writes timetable-zones.json beside this file, in the form of timetable-vectors.json.
"""

import contextlib
import json
import pathlib
import random
from unittest import mock

import pendulum
import record_cron
from airflow.serialization.serialized_objects import decode_timetable
from airflow.timetables.base import DataInterval, TimeRestriction
from croniter import croniter
from croniter.croniter import CroniterError

ZONES = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Pacific/Apia",
    19800,
    -12600,
]
EXPRESSIONS = [
    "0 0 * * *",
    "30 2 * * *",
    "0 * * * *",
    "*/20 * * * *",
    "15 1,2,3 * * *",
    "0 2 * * 0",
    "@weekly",
    "@monthly",
    "0 0 l * *",
    "0 */2 * * *",
    "30 1-3 * * *",
    "0 12 * * mon#2",
    "*/7 */5 * * *",
    "0 2 31 3 * 30",
]
DELTAS = [3600.0, 10800.0, 86400.0, 604800.0, {"days": 1}, {"months": 1, "day": 31}, {"weekday": [4, -1], "days": 7}]
# Instants at which a clock in one of the zones changes.
CHANGES = [
    "2024-03-31T01:00:00",
    "2024-10-27T01:00:00",
    "2024-03-10T07:00:00",
    "2024-11-03T06:00:00",
    "2024-04-06T15:00:00",
    "2024-10-05T15:30:00",
    "2018-02-18T02:00:00",
    "2018-11-04T03:00:00",
    "2011-12-30T10:00:00",
]


def drawn_cron(rng):
    """Any expression, in a zone that changes its clocks."""
    zone = rng.choice([zone for zone in ZONES if isinstance(zone, str)])
    while True:
        fields = {"expression": record_cron.random_expression(rng), "timezone": zone}
        try:
            croniter(fields["expression"]).get_next()
            break
        except CroniterError:
            continue
    if rng.random() < 0.7:
        return "interval.CronDataIntervalTimetable", fields
    return "trigger.CronTriggerTimetable", {**fields, "interval": 0.0}


def timetable(rng):
    kind = rng.choice(["interval", "interval", "interval", "trigger", "trigger", "delta"])
    if kind == "delta":
        return "interval.DeltaDataIntervalTimetable", {"delta": rng.choice(DELTAS)}
    fields = {"expression": rng.choice(EXPRESSIONS), "timezone": rng.choice(ZONES)}
    if kind == "interval":
        return "interval.CronDataIntervalTimetable", fields
    return "trigger.CronTriggerTimetable", {**fields, "interval": rng.choice([0.0, 86400.0])}


class Contradiction(Exception):
    """An answer that croniter denies when it is asked in the other direction."""


class Consistent(croniter):
    def __init__(self, expression, start_time=None):
        super().__init__(expression, start_time)
        self.asked = expression, start_time

    def get_next(self, kind):
        return self.checked(super().get_next(kind), backward=False)

    def get_prev(self, kind):
        return self.checked(super().get_prev(kind), backward=True)

    def checked(self, found, backward):
        if record_cron.contradicts(*self.asked, found, backward):
            raise Contradiction
        return found


def near(rng, moment, days):
    offset = rng.randrange(-days * 1440, days * 1440)
    return moment.add(minutes=offset - (offset % 30 if rng.random() < 0.6 else 0))


def text(moment):
    return moment and moment.in_timezone("UTC").format("YYYY-MM-DDTHH:mm:ss[Z]")


def record(rng, draw, runs):
    name, fields = draw(rng)
    encoded = {"__type": f"airflow.timetables.{name}", "__var": fields}
    subject = decode_timetable(json.loads(json.dumps(encoded)))
    now = near(rng, pendulum.parse(rng.choice(CHANGES)), 2)
    earliest = None if rng.random() < 0.1 else near(rng, now, 3)
    latest = near(rng, now, 3) if rng.random() < 0.2 else None
    last = None
    if rng.random() < 0.5:
        end = near(rng, now, 2)
        last = DataInterval(end.subtract(hours=1), end)
    case = {
        "timetable": encoded,
        "earliest": text(earliest),
        "latest": text(latest),
        "catchup": rng.random() < 0.6,
        "now": text(now),
        "last_interval": last and [text(last.start), text(last.end)],
        "runs": [],
        "then": "limit",
    }
    restriction = TimeRestriction(earliest, latest, case["catchup"])
    with (
        mock.patch("airflow.timetables.interval.utcnow", lambda: now),
        mock.patch("airflow.utils.timezone.utcnow", lambda: now),
    ):
        for _ in range(runs):
            info = subject.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
            if info is None:
                case["then"] = "none"
                break
            last = info.data_interval
            case["runs"].append([text(t) for t in (info.logical_date, last.start, last.end, info.run_after)])
    interval = subject.infer_manual_data_interval(run_after=now)
    manual = {"timetable": encoded, "run_after": text(now), "interval": [text(interval.start), text(interval.end)]}
    return case, manual


def main():
    rng = random.Random(3)
    cases = [record(rng, timetable, 5) for _ in range(250)]
    with mock.patch("airflow.timetables._cron.croniter", Consistent):
        while len(cases) < 650:
            # Airflow itself fails where its next moment lies before the one it knows.
            with contextlib.suppress(AssertionError, Contradiction, CroniterError):
                cases.append(record(rng, drawn_cron, 3))
    sections = []
    for name, rows in (("next_runs", [c for c, _ in cases]), ("manual_intervals", [m for _, m in cases])):
        lines = ",\n".join(json.dumps(row) for row in rows)
        sections.append(f'"{name}": [\n{lines}\n]')
    body = "{" + ",\n".join(sections) + "}\n"
    (pathlib.Path(__file__).parent / "timetable-zones.json").write_text(body)


main()

"""Writes output.json: rows, as `-o table|json|yaml|plain` of Airflow 2.10.5 prints them.

Run with a Python that has apache-airflow 2.10.5:
    AIRFLOW_HOME=$(mktemp -d) python record_output.py
"""

import contextlib
import io
import json
import pathlib

from airflow.cli.simple_table import AirflowConsole

HERE = pathlib.Path(__file__).parent
LONG = "word " * 30 + "x" * 250 + " end"
TRACE = """\
Traceback (most recent call last):
  File "/a/b.py", line 1, in <module>
    import nothing
ModuleNotFoundError: No module named 'nothing'
"""
DATA = [
    [],
    [{"dag_id": "a", "is_paused": True}],
    [{"dag_id": "a", "n": 1}, {"dag_id": "longer_name", "n": 100}],
    [{"a": None, "b": "", "c": "x"}, {"a": "", "b": None, "c": "None"}],
    [{"n": "1", "f": "1.50", "m": "1"}, {"n": "22", "f": "10", "m": "x"}],
    [{"run": "a" * 90, "other": "b" * 90, "third": "c c c " * 20}],
    [{"text": LONG, "n": "1"}],
    [{"filepath": "/dags/x.py", "error": TRACE}],
    [{"filepath": "/dags/y.py", "error": 'one line that is not so long: it\'s "quoted" # not a comment'}],
    [
        {
            "k": ["x", "y"],
            "l": [],
            "m": [{"name": "t1"}, {"name": "t2"}],
            "d": {"__type": "CronExpression", "value": "0 0 * * *"},
        }
    ],
    [{"d": {"__type": "TimeDelta", "days": 1, "seconds": 0}, "e": {}, "t": (1, 2)}],
    [
        {"v": value}
        for value in [
            "true",
            "yes",
            "null",
            "~",
            "12",
            "-1",
            "1.5",
            "1e5",
            "1.5e+3",
            "0x1f",
            "0o17",
            "017",
            "2024-01-01",
            "2024-01-01 00:00:00+00:00",
            "2024-01-01T00:00:00.000001+00:00",
            "12:30:45",
            "a: b",
            "a:b",
            "a #b",
            "a#b",
            "-a",
            "- a",
            "-",
            "?",
            "? a",
            ":",
            "{a}",
            "a, b",
            "!x",
            "&x",
            "*x",
            "|",
            ">",
            "%x",
            "@x",
            "`x",
            "'x'",
            '"x"',
            "it's",
            "#x",
            "=",
            "<<",
            "---",
            "--- x",
            " lead",
            "trail ",
            "é",
            "日本語",
            "😀",
            "tab\tx",
            "line\nbreak",
            "line\n",
            "\nline",
            "line \nbreak",
            "line\n break",
            "back\\slash",
            ".5",
            ".",
            "...",
            "1_000",
            "+1",
            "1:30",
            "Off",
            "NO",
            "n",
            "y",
            "x" * 120,
            "word " * 25,
            "it's " * 25,
            "é " * 60,
            "a\n\nb",
            ".inf",
            "0",
            "00",
            "0b1",
        ]
    ],
    [
        {"property_name": "dag_id", "property_value": "a"},
        {"property_name": "tags", "property_value": [{"name": "b"}]},
        {"property_name": "n", "property_value": None},
    ],
    [{"日本": "日本語", "x": "é"}, {"日本": "a", "x": "日本語日本語"}],
    [{"multi": "a\nbb\nccc", "x": "1"}, {"multi": "d", "x": "2"}],
    [{"a b": "x  y   z", "c": "  lead"}],
    [
        {
            "conf": {"a": 1, "b": [None, 1.5, "x"]},
            "dag_id": "alpha",
            "dag_run_id": "mine",
            "data_interval_start": "2024-03-04 00:00:00+00:00",
            "data_interval_end": "2024-03-05 00:00:00+00:00",
            "end_date": None,
            "external_trigger": True,
            "last_scheduling_decision": None,
            "logical_date": "2024-03-05 00:00:00+00:00",
            "run_type": "manual",
            "start_date": None,
            "state": "queued",
        }
    ],
    [{str(n): "v" * n * 3 for n in range(20)}],
]


def main():
    records = []
    for data in DATA:
        row = {"data": data}
        for form in ("table", "json", "yaml", "plain"):
            text = io.StringIO()
            with contextlib.redirect_stdout(text):
                AirflowConsole().print_as(data=data, output=form)
            row[form] = text.getvalue()
        records.append(row)
    with (HERE / "output.json").open("w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in records) + "\n]\n")


main()

"""XCom values that differ between two runs of stock Airflow, and what both sides must have in common."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"


@dataclass(frozen=True)
class Volatile:
    """The value of one XCom, which has this form; what it says is the moment of the run."""

    dag_id: str
    xcom: str
    form: str
    reason: str


VOLATILE = (
    Volatile("tutorial", "print_date return_value", r'"\w{3} \w{3} .* UTC \d{4}"', "the output of `date`"),
    Volatile(
        "example_trigger_controller_dag",
        "test_trigger_dagrun trigger_logical_date_iso",
        f'"{INSTANT}"',
        "the moment at which the task triggered the other DAG",
    ),
    Volatile(
        "example_trigger_controller_dag",
        "test_trigger_dagrun trigger_run_id",
        f'"manual__{INSTANT}"',
        "the moment at which the task triggered the other DAG",
    ),
    Volatile(
        "deferrable_start",
        "start_in_trigger return_value",
        r'.*"__classname__": "pendulum.datetime.DateTime".*"timestamp": \d+\.\d+.*',
        "the moment at which the trigger fired",
    ),
)
SETS = "`skipmixin_key`: Airflow collects the task ids in a set, so their order is chance; they are compared sorted"


def comparable(dag_id: str, xcom: str, value: str | None) -> str | None:
    """The value with what is chance taken out."""
    if value is None:
        return None
    if xcom.endswith(" skipmixin_key"):
        return json.dumps({verdict: sorted(task_ids) for verdict, task_ids in json.loads(value).items()})
    for volatile in VOLATILE:
        if (volatile.dag_id, volatile.xcom) == (dag_id, xcom) and re.fullmatch(volatile.form, value):
            return f"<{volatile.reason}>"
    return value

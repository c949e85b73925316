"""The DAG files that are timed, one a row of the table of figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HEADER = """\
import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


def nothing():
    pass


def fibo(n):
    return n if n < 2 else fibo(n - 1) + fibo(n - 2)


with DAG({dag_id!r}, schedule=None, start_date=pendulum.datetime(2024, 1, 1), catchup=False, max_active_tasks=1000):
"""


@dataclass(frozen=True)
class Load:
    """One DAG: `count` tasks of one kind, side by side or in a chain."""

    dag_id: str
    title: str
    operator: str
    count: int
    chain: bool

    def source(self) -> str:
        lines = [f"    tasks = [{self.operator} for n in range({self.count})]"]
        if self.chain:
            lines.append("    for first, second in zip(tasks, tasks[1:]):\n        first >> second")
        return HEADER.format(dag_id=self.dag_id) + "\n".join(lines) + "\n"


def _python(call: str, arguments: str = "") -> str:
    return f"PythonOperator(task_id=f't{{n}}', python_callable={call}{arguments})"


BASH = "BashOperator(task_id=f't{n}', bash_command='true')"
LOADS = (
    Load("bash_100", "100 parallel BashOperators (`true`)", BASH, 100, chain=False),
    Load(
        "python_100",
        "100 parallel PythonOperators (no-op)",
        _python("nothing"),
        100,
        chain=False,
    ),
    Load("bash_chain_20", "chain of 20 BashOperators", BASH, 20, chain=True),
    Load(
        "fibo10_chain_40",
        "chain of 40 PythonOperators of fibo(10)",
        _python("fibo", ", op_args=[10]"),
        40,
        chain=True,
    ),
    Load(
        "fibo33_chain_10",
        "chain of 10 PythonOperators of fibo(33)",
        _python("fibo", ", op_args=[33]"),
        10,
        chain=True,
    ),
    Load(
        "wide_30",
        "30 parallel no-ops (cost per task)",
        _python("nothing"),
        30,
        chain=False,
    ),
    Load(
        "wide_3000",
        "3,000 parallel no-ops (cost per task)",
        _python("nothing"),
        3000,
        chain=False,
    ),
)


def write(folder: Path, loads: tuple[Load, ...] = LOADS) -> None:
    """Write one DAG file for each load."""
    folder.mkdir(parents=True, exist_ok=True)
    for load in loads:
        (folder / f"{load.dag_id}.py").write_text(load.source())

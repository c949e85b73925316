"""The DAG files that are timed, one a row of the table of figures."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

FIBO = """\
def fibo(n):
    return n if n < 2 else fibo(n - 1) + fibo(n - 2)
"""
HEADER = """\
import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


def nothing():
    pass


{fibo}

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

    @property
    def on_stock(self) -> bool:
        """Stock would need most of an hour for thousands of tasks."""
        return self.count <= 1000

    def source(self) -> str:
        lines = [f"    tasks = [{self.operator} for n in range({self.count})]"]
        if self.chain:
            lines.append("    for first, second in zip(tasks, tasks[1:]):\n        first >> second")
        return HEADER.format(dag_id=self.dag_id, fibo=FIBO) + "\n".join(lines) + "\n"


def _python(call: str, arguments: str = "") -> str:
    return f"PythonOperator(task_id=f't{{n}}', python_callable={call}{arguments})"


FIBO33 = "fibo33_chain_10"
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
        FIBO33,
        "chain of 10 PythonOperators of fibo(33)",
        _python("fibo", ", op_args=[33]"),
        10,
        chain=True,
    ),
    Load(
        "wide_30",
        "30 parallel PythonOperators (no-op)",
        _python("nothing"),
        30,
        chain=False,
    ),
    Load(
        "wide_3000",
        "3,000 parallel PythonOperators (no-op)",
        _python("nothing"),
        3000,
        chain=False,
    ),
)


#: Of the DAGs whose task instances are all ready at once.
READY_DAGS, READY_TASKS = 10, 100

START = Load("one_task", "one PythonOperator (no-op)", _python("nothing"), 1, chain=False)

SMALL = """\
import pendulum
from airflow.models.dag import DAG
from airflow.operators.bash import BashOperator
from airflow.operators.python import PythonOperator


def work(n):
    return n + 1


with DAG("small_{number:03}", schedule="@daily", start_date=pendulum.datetime(2024, 1, 1), catchup=False, tags=["small"]):
    first = BashOperator(task_id="first", bash_command="echo {{{{ ds }}}}", retries=2)
    middle = [PythonOperator(task_id=f"middle_{{n}}", python_callable=work, op_args=[n]) for n in range(8)]
    first >> middle >> BashOperator(task_id="last", bash_command="true")
"""


def write(folder: Path) -> int:
    """Write one DAG file for each load, and the one of the start; their number."""
    every = (*LOADS, START)
    for load in every:
        (folder / f"{load.dag_id}.py").write_text(load.source())
    return len(every)


def ready_dag_ids() -> list[str]:
    return [f"ready_{number}" for number in range(READY_DAGS)]


def write_ready(folder: Path) -> None:
    """Write DAG files of parallel tasks."""
    for dag_id in ready_dag_ids():
        load = Load(dag_id, dag_id, _python("nothing"), READY_TASKS, chain=False)
        (folder / f"{dag_id}.py").write_text(load.source())


def write_examples(folder: Path) -> None:
    """Copy Airflow's example DAGs, without those that need packages which the bundled API's Python has not."""
    for file in _examples():
        shutil.copy(file, folder)


def _examples() -> list[Path]:
    # Not an import of Airflow, which takes seconds.
    spec = importlib.util.find_spec("airflow")
    package = Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else Path()
    left_out = ("__init__", "example_dag_decorator", "example_subdag_operator", "tutorial_objectstorage")
    found = (package / "example_dags").glob("*.py")
    return [file for file in found if file.stem not in left_out and "kubernetes" not in file.stem]


def write_small(folder: Path, count: int) -> None:
    """Write DAG files of ten tasks each."""
    for number in range(count):
        (folder / f"small_{number:03}.py").write_text(SMALL.format(number=number))

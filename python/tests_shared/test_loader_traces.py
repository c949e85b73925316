"""Whether a process may go on with another DAG file after one."""

from __future__ import annotations

import logging
import os
import random
import sys
from pathlib import Path

import pytest

from updraft_runtime.loader_parse import answer

DAG = """
import datetime
from airflow import DAG
from airflow.operators.empty import EmptyOperator

with DAG("d", start_date=datetime.datetime(2024, 1, 1), schedule=None) as dag:
    first = EmptyOperator(task_id="first")
    first >> EmptyOperator(task_id="second")
"""


@pytest.fixture(autouse=True)
def restored():
    """What a file of these tests changes of the process."""
    environ, path = dict(os.environ), sys.path[:]
    level, state = logging.getLogger().level, random.getstate()
    yield
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:] = path
    vars(os).pop("left", None)
    logging.getLogger().setLevel(level)
    logging.disable(logging.NOTSET)
    random.setstate(state)
    sys.modules.pop("beside", None)


def parse(folder: Path, text: str) -> bool:
    path = folder / "a.py"
    path.write_text(text)
    messages = []
    request = {"path": str(path), "dags_folder": str(folder), "shared": True}
    told = answer(request, lambda envelope, _blob: messages.append(envelope))
    assert messages[-1]["clean"] == told
    return told


@pytest.mark.parametrize(
    "more",
    ["", "NAMES = {}\nNAMES['a'] = first.task_id == 'first'\n", "def of(x=1): return dag.dag_id != x\n"],
    ids=["nothing", "its own", "comparisons"],
)
def test_a_file_that_leaves_nothing(tmp_path: Path, more: str) -> None:
    assert parse(tmp_path, DAG + more)
    assert not [name for name in sys.modules if name.startswith("unusual_prefix_")]


@pytest.mark.parametrize(
    "more",
    [
        "import os\nos.environ['LEFT'] = '1'\n",
        "import sys\nsys.path.append('left')\n",
        "import beside\n",
        "import logging\nlogging.disable()\n",
        "import random\nrandom.seed(1)\n",
        "import os\nos.left = 1\n",
        "import os\nsetattr(os, 'left', 1)\n",
        "1 / 0\n",
    ],
)
def test_a_file_that_leaves_something(tmp_path: Path, more: str) -> None:
    (tmp_path / "beside.py").write_text("")
    assert not parse(tmp_path, DAG + more)

"""`airflow.decorators.task_group` is a module and a decorator; the package shows the decorator."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("first", ["", "import airflow.decorators.task_group;"])
def test_the_decorator_is_what_the_package_has(first: str) -> None:
    program = f"{first}from airflow.decorators import task_group as it;from airflow.decorators.task_group import task_group;print(it is task_group)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "True\n"

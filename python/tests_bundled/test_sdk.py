"""Which package answers to `import airflow`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import airflow
import pytest

from updraft_runtime import sdk

CHOOSE = "from updraft_runtime import sdk; kind = sdk.choose('auto'); sdk.activate(kind); print(kind, sdk.is_bundled())"


def chosen(packages: Path) -> str:
    """With `packages` where a package is installed, before everything else."""
    path = os.pathsep.join((str(packages), str(Path(sdk.__file__).parent.parent)))
    environment = {**os.environ, "PYTHONPATH": path}
    # The folder in which a command of Python is run comes before all others.
    ended = subprocess.run(
        [sys.executable, "-c", CHOOSE], cwd=packages, env=environment, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder in which the bundled package is installed."""
    shutil.copytree(Path(airflow.__file__).parent, tmp_path / "airflow")
    return tmp_path


def test_its_own_package_is_known_where_it_is_installed(packages):
    assert chosen(packages) == "bundled True"


def test_another_package_of_the_name_is_apaches(packages):
    (packages / "airflow" / sdk.OWN_MODULE).unlink()
    (packages / "airflow" / "__init__.py").write_text("")
    assert chosen(packages) == "apache False"

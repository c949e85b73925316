"""For all tests: which package answers to `import airflow`, and the small supervisor.

With apache-airflow installed that is the package; without, it is the bundled one. `tests` need the former,
`tests_bundled` the latter, and `tests_shared` hold for both.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

if "airflow" in sys.modules:
    raise RuntimeError("Airflow was imported before its home for the tests was set")
HOME = tempfile.mkdtemp(prefix="updraft-runtime-tests-")
os.environ.update(
    AIRFLOW_HOME=HOME,
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{HOME}/airflow.db",
)
PYTHON = Path(__file__).parent
# Installed packages come first: the bundled `airflow` lies in the same folder as the runtime.
sys.path[:] = [entry for entry in sys.path if Path(entry or os.curdir).resolve() != PYTHON]
sys.path.append(str(PYTHON / "tests_shared"))
IS_APACHE = importlib.util.find_spec("airflow") is not None
sys.path.append(str(PYTHON))

from supervising import Supervisor  # noqa: E402

OTHERS = PYTHON / ("tests_bundled" if IS_APACHE else "tests")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    # Not `collect_ignore`, which does not hold for folders that pytest was given by name.
    return True if OTHERS in collection_path.parents else None


@pytest.fixture(scope="session", autouse=True)
def sdk() -> None:
    """Makes this process ready as the fork server is."""
    if IS_APACHE:
        from updraft_runtime import sdk_apache_preload  # noqa: F401
    else:
        from updraft_runtime import sdk_bundled_preload  # noqa: F401


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path)


@pytest.fixture
def sent_emails(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Has e-mails printed; an exception that is appended is raised instead."""
    errors: list[object] = []

    def send_email(to: str, subject: str, html: str) -> None:
        if errors:
            raise errors[0]
        print("MAIL", to, subject, html)

    import airflow.models.taskinstance
    import airflow.utils.email

    module = airflow.models.taskinstance if IS_APACHE else airflow.utils.email
    monkeypatch.setattr(module, "send_email", send_email)
    return errors

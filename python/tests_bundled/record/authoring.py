"""Writes what stock Airflow makes of the pieces of DAG files in authoring/snippets.py.

<python with apache-airflow 2.10.5> python/tests_bundled/record/authoring.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1]
sys.path.insert(0, str(FOLDER))
home = tempfile.mkdtemp()
os.environ.update(
    AIRFLOW_HOME=home,
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
    AIRFLOW__LOGGING__LOGGING_LEVEL="CRITICAL",
)
# An alias in a schedule is looked up in the database.
subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], cwd=home, check=True, capture_output=True)

from authoring.answers import answer  # noqa: E402
from authoring.snippets import SNIPPETS  # noqa: E402

answers = {name: answer(code) for name, code in SNIPPETS.items()}
text = json.dumps(answers, indent=1, ensure_ascii=False, sort_keys=True)
(FOLDER / "authoring" / "answers.json").write_text(text + "\n")

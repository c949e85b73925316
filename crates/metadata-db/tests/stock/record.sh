#!/bin/sh
# Records the schema of stock Airflow; see README.md.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
export AIRFLOW_HOME
AIRFLOW_HOME=$(mktemp -d)
trap 'rm -rf "$AIRFLOW_HOME"' EXIT

AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=$1 airflow db migrate
psql "$(echo "$1" | sed 's/+[a-z0-9]*:/:/')" -At -f "$folder/postgres.sql" >"$folder/postgres.txt"

AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:///$AIRFLOW_HOME/airflow.db airflow db migrate
python3 - "$AIRFLOW_HOME/airflow.db" "$folder" <<'PYTHON'
import pathlib
import sqlite3
import sys

folder = pathlib.Path(sys.argv[2])
rows = sqlite3.connect(sys.argv[1]).execute((folder / "sqlite.sql").read_text())
lines = sorted(" ".join(row[0].split()) for row in rows)
(folder / "sqlite.txt").write_text("\n".join(lines) + "\n")
PYTHON

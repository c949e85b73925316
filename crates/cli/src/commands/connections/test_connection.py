"""Tests the connection whose fields are on standard input; prints [success, message]."""

import contextlib
import json
import sys

with contextlib.redirect_stdout(sys.stderr):
    fields = json.load(sys.stdin)
    from airflow.models.connection import Connection

    connection = Connection(**fields)
    if hasattr(connection, "test_connection"):
        result = connection.test_connection()
    else:
        result = False, "testing connections needs apache-airflow in the Python environment"
print(json.dumps([bool(result[0]), str(result[1])]))

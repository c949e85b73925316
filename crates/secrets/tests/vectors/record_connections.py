"""Writes connections.json: unusual connections, as Airflow 2.10.5 reads and prints them.

Run with a Python that has apache-airflow 2.10.5.
"""

import json
import logging
import pathlib
import warnings

from airflow.models.connection import Connection

HERE = pathlib.Path(__file__).parent
URIS = [
    "HTTP://Host.Example:80/Path",
    "postgres://User:Pa%3Ass@HOST%2Fpath:1/x",
    "postgres://u@%2Fvar%2Frun%2FPostgres:5432/db",
    "http://http://host",
    "http://http://host:80",
    "http://https://u:p@host:1/s",
    "a://b://c://d",
    "my_type://u:p@h/s",
    "no-scheme",
    "x://[::1]:80/s",
    "x://[::1/s",
    "x://h:port/s",
    "x://h:99999",
    "x://h:/s",
    "x://@h",
    "x://:@h",
    "x://u:p:q@h",
    "x://u@v:p@h",
    "x://h/s?a=1&a=2&b=&c&=d&%20e=f+g",
    "x://h/s?",
    "x://h/s#fragment?a=1",
    "x://h//double/slash",
    "x://h?a=%C3%BC",
    "x://h?__extra__=text",
    "x://h?__extra__=&a=1",
    "x://h?a=%FF",
    "aws://key:secret/with/slash@/",
    "spark-sql://spark%3A%2F%2Fh:7077",
]
JSONS = [
    {"conn_type": "My-Type", "host": "H", "port": 0},
    {"conn_type": "x", "port": "", "extra": {}},
    {"conn_type": "x", "password": "", "login": ""},
    {"conn_type": "x", "extra": {"a": "1", "ü": "x y", "n": [1, 2.0, None, True]}},
    {"conn_type": "x", "extra": {"a": "1", "b": ""}},
    {"conn_type": "x", "extra": "not json"},
    {"conn_type": "x", "extra": "[1]"},
    {"conn_type": "x", "extra": [["a", "b"]]},
    {"conn_type": "x", "schema": "a/b c", "host": "p://h/x y"},
    {"conn_type": "x", "description": "d", "host": "h"},
    {"uri": "x://h/s"},
    {"uri": "x://h/s", "host": "h"},
    {"host": "h"},
    {"conn_type": "x", "unknown": 1},
]
FIELDS = ["conn_type", "host", "schema", "login", "password", "port", "extra"]


def record(make, *arguments, **named):
    try:
        connection = make(*arguments, **named)
    except Exception:
        return {"error": True}
    row = {field: getattr(connection, field) for field in FIELDS}
    return {**row, "get_uri": connection.get_uri()}


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    rows = [(uri, record(Connection, uri=uri)) for uri in URIS]
    for value in JSONS:
        text = json.dumps(value, ensure_ascii=False)
        rows.append((text, record(Connection.from_json, text)))
    with (HERE / "connections.json").open("w") as file:
        file.write("[\n")
        file.write(",\n".join(json.dumps([text, row]) for text, row in rows))
        file.write("\n]\n")


main()

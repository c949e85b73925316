"""Runs several commands of stock Airflow in one process, since importing Airflow is what takes long.

Argument: a JSON list of lists of words. Prints a JSON list of {"code": …, "output": …}.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from airflow.cli import cli_parser


def run(words: list[str]) -> dict[str, object]:
    output, code = io.StringIO(), 0
    with contextlib.redirect_stdout(output):
        try:
            arguments = cli_parser.get_parser().parse_args(words)
            arguments.func(arguments)
        except SystemExit as end:
            code = end.code or 0
    return {"code": code, "output": output.getvalue()}


if __name__ == "__main__":
    print(json.dumps([run(words) for words in json.loads(sys.argv[1])]))

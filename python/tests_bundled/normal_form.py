"""Serialized DAGs without what differs from place to place, so that two of them can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

#: Stands for the folder of the DAG files.
FOLDER = "/opt/airflow/dags"

_REPLACED = (
    # The name of a DAG file's module holds a hash of the file's path.
    (re.compile(r"unusual_prefix_[0-9a-f]{40}_"), "unusual_prefix_0_"),
    # The value of an argument that was not given, as text: on Airflow with its address in memory.
    (re.compile(r"<airflow\.utils\.types\.ArgNotSet object at 0x[0-9a-f]+>"), "NOTSET"),
    (re.compile(r" at 0x[0-9a-f]+"), " at 0x0"),
)

#: Airflow makes the template fields of these from a set: their order differs between processes.
_FIELDS_FROM_A_SET = re.compile(r"Virtualenv|ExternalPython|PythonExternal")


def normal(found: Any, folder: str) -> Any:
    """`found` as if its DAG file lay in `FOLDER`."""
    text = json.dumps(found).replace(json.dumps(folder)[1:-1], FOLDER)
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return json.loads(text, object_hook=_sort_fields)


def _sort_fields(found: dict[str, Any]) -> dict[str, Any]:
    if _FIELDS_FROM_A_SET.search(str(found.get("_task_type"))):
        found["template_fields"].sort()
    return found


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """One line for each value that is missing, superfluous or another one."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            if key not in found:
                yield f"{path}/{key} is missing: {_short(expected[key])}"
            elif key not in expected:
                yield f"{path}/{key} is superfluous: {_short(found[key])}"
            else:
                yield from differences(expected[key], found[key], f"{path}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (one, other) in enumerate(zip(expected, found)):
            yield from differences(one, other, f"{path}/{index}")
    elif expected != found or type(expected) is not type(found):
        yield f"{path} is {_short(found)}, not {_short(expected)}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"

"""One thing that is wrong with a DAG file, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

ERROR = "error"
WARNING = "warning"


@dataclass
class Problem:
    """What is wrong, where, and what to do.

    An error keeps the file or a task from running; a warning is about what works but will surprise.
    """

    kind: str
    path: str
    message: str
    hint: str
    line: int | None = None
    column: int | None = None
    dag_id: str | None = None
    task_id: str | None = None
    severity: str = ERROR

    def as_message(self) -> dict[str, Any]:
        return {"type": "problem", **asdict(self)}

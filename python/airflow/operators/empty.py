"""A task that does nothing, to hold others together."""

from __future__ import annotations

from typing import Any

from airflow.models.baseoperator import BaseOperator


class EmptyOperator(BaseOperator):
    """Succeeds at once. The scheduler does not even start a process for it."""

    ui_color = "#e8f7e4"
    inherits_from_empty_operator = True

    def execute(self, context: Any) -> None:
        pass

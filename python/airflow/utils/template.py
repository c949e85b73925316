"""Text that is not to be rendered."""

from __future__ import annotations

from airflow.template.templater import LiteralValue

__all__ = ["literal"]


def literal(value: object) -> LiteralValue:
    """Marks an argument as no template: `BashOperator(bash_command=literal("echo '{{ kept }}'"))`."""
    return LiteralValue(value)

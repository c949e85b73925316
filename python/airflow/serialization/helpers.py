"""How the value of a template field is stored, before and after it is rendered."""

from __future__ import annotations

import json
from typing import Any

from airflow.configuration import conf

#: Characters that a cut value leaves for the words around it.
_NOTE_LENGTH = 79

_PLAIN = frozenset((int, float, bool, type(None)))


def serialize_template_field(template_field: Any, name: str) -> Any:
    """The value itself where JSON can hold it, else its text; a long one is cut and masked.

    The limit is `[core] max_templated_field_length`.
    """
    kind = type(template_field)
    if kind in _PLAIN:
        return template_field
    if kind is str:
        text, kept = template_field, template_field
    elif _is_json(template_field):
        if not template_field:
            return template_field
        text, kept = str(template_field), template_field
    else:
        text = kept = str(template_field)
    # What is shorter than the words that would replace it is never cut.
    if len(text) <= _NOTE_LENGTH or len(text) <= (limit := conf.getint("core", "max_templated_field_length")):
        return kept
    return _cut(text, name, limit)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, OverflowError):
        return False
    return True


def _cut(text: str, name: str, limit: int) -> str:
    from airflow.utils.log.secrets_masker import redact

    beginning = redact(text, name)[: limit - _NOTE_LENGTH]
    # Stock's words: readers of the database compare them.
    return f"Truncated. You can change this behaviour in [core]max_templated_field_length. {beginning!r}... "

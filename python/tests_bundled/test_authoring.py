"""What the bundled API makes of pieces of DAG files is what stock Airflow makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from authoring.answers import answer
from authoring.snippets import SNIPPETS

ANSWERS = json.loads((Path(__file__).parent / "authoring" / "answers.json").read_text())


#: Where stock stumbles over an attribute, or over nothing at all, this API says what is wrong.
CLEARER = {
    "@dag without parentheses": {"error": "TypeError"},
    "arrow to something else": {"error": "AirflowException"},
    "task with a positional argument": {"error": "TypeError"},
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_is_as_stock(name):
    assert answer(SNIPPETS[name]) == CLEARER.get(name, ANSWERS[name])


def test_all_answers_are_of_this_version():
    assert set(ANSWERS) == set(SNIPPETS)

"""Plain text renders as Airflow's own environment renders it, and is not compiled."""

from __future__ import annotations

from typing import Any

import jinja2
import pytest
from airflow.templates import NativeEnvironment, SandboxedEnvironment
from jinja2.ext import Extension

from updraft_runtime import literal_templates

PLAIN = ["", "true", "a\n", "a\n\n", "\n", "a { b } % #", "100 %}", "päß 漢字", "'quoted' \"twice\" \\n"]
PLACEHOLDERS = ["{{ key }}", "{% if key %}yes{% endif %}", "a{# comment #}b", "a\r\nb\r", "x {{ key }}\n"]


def rendered(environment: jinja2.Environment, source: str) -> Any:
    return environment.from_string(source).render(key="value")


class Shouting(Extension):
    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return source.upper()


@pytest.mark.parametrize("options", [{}, {"keep_trailing_newline": True}, {"extensions": ["jinja2.ext.do"]}])
@pytest.mark.parametrize("source", PLAIN + PLACEHOLDERS)
def test_renders_as_before(source: str, options: dict[str, Any]) -> None:
    expected = rendered(SandboxedEnvironment(cache_size=0, **options), source)
    environment = SandboxedEnvironment(cache_size=0, **options)
    literal_templates.shorten(environment)
    assert rendered(environment, source) == expected
    assert rendered(environment.overlay(), source) == expected


@pytest.mark.parametrize("source", PLAIN)
def test_plain_text_is_not_compiled(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = SandboxedEnvironment(cache_size=0)
    literal_templates.shorten(environment)
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_, **__: pytest.fail("it was compiled"))
    template = environment.from_string(source)
    assert isinstance(template, jinja2.Template)
    assert "".join(template.generate()) == template.render()


@pytest.mark.parametrize(
    "environment",
    [
        NativeEnvironment(cache_size=0),
        SandboxedEnvironment(cache_size=0, extensions=[Shouting]),
        SandboxedEnvironment(cache_size=0, autoescape=True),
        SandboxedEnvironment(cache_size=0, line_statement_prefix="%"),
        SandboxedEnvironment(cache_size=0, newline_sequence="\r\n"),
    ],
    ids=["native", "extension", "autoescape", "line statements", "newlines"],
)
def test_other_environments_stay_as_they_are(environment: jinja2.Environment) -> None:
    kind = type(environment)
    literal_templates.shorten(environment)
    assert type(environment) is kind


def test_delimiters_of_the_dag_count() -> None:
    environment = SandboxedEnvironment(cache_size=0, variable_start_string="[[", variable_end_string="]]")
    literal_templates.shorten(environment)
    assert rendered(environment, "[[ key ]] {{ key }}") == "value {{ key }}"

"""Spares text without a placeholder the work of being compiled as a template.

Most commands and arguments are plain text. Jinja parses, compiles and runs each of them, which is a
tenth of what a short task costs. Here such a text becomes a `jinja2.Template` that yields it.
"""

from __future__ import annotations

from typing import Any

import jinja2
from airflow.templates import SandboxedEnvironment


class _QuickEnvironment(SandboxedEnvironment):
    """Airflow's environment, with a short way for text that renders as itself."""

    def from_string(self, source: Any, *args: Any, **kwargs: Any) -> jinja2.Template:
        if args or kwargs or not isinstance(source, str) or not self._is_literal(source):
            return super().from_string(source, *args, **kwargs)
        # As Jinja, which drops one newline at the end of a template.
        dropped = not self.keep_trailing_newline and source.endswith("\n")
        text = str(source[:-1] if dropped else source)
        module = {"name": None, "blocks": {}, "debug_info": "", "root": lambda _context: iter((text,))}
        return jinja2.Template.from_module_dict(self, {**module, "__file__": "<template>"}, self.make_globals(None))

    def _is_literal(self, source: str) -> bool:
        starts = (self.variable_start_string, self.block_start_string, self.comment_start_string)
        return "\r" not in source and not any(start in source for start in starts)


def shorten(environment: jinja2.Environment) -> None:
    """Lets `environment.from_string` take the short way, if it is an environment of Airflow's own kind.

    A native environment evaluates plain text too; an extension or a class of the user's may change it.
    """
    if (
        type(environment) is SandboxedEnvironment
        and environment.template_class is jinja2.Template
        and environment.autoescape is False
        and environment.newline_sequence == "\n"
        and environment.line_statement_prefix is None
        and environment.line_comment_prefix is None
        and all(type(extension).__module__ == "jinja2.ext" for extension in environment.extensions.values())
    ):
        environment.__class__ = _QuickEnvironment

"""Renders the template fields of operators, notifiers and what is nested in them."""

from __future__ import annotations

from airflow.utils.helpers import render_template_as_native, render_template_to_string
from airflow.utils.log._mixin import LoggingMixin
from airflow.utils.mixins import ResolveMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any

    import jinja2
    from airflow.utils.context import Context


class LiteralValue(ResolveMixin):
    """Text that is not rendered."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LiteralValue) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"LiteralValue(value={self.value!r})"

    def iter_references(self) -> Iterable[tuple[Any, str]]:
        return ()

    def resolve(self, context: Any, *, include_xcom: bool = True) -> Any:
        return self.value


class Templater(LoggingMixin):
    """Has template fields: attributes whose text Jinja renders before the task runs."""

    template_fields: Collection[str]
    template_ext: Sequence[str]

    def get_template_env(self, dag: Any = None) -> jinja2.Environment:
        """The environment of the DAG, or one without any of a DAG's settings."""
        if dag:
            return dag.get_template_env(force_sandboxed=False)
        from airflow.templates import SandboxedEnvironment

        return SandboxedEnvironment(cache_size=0)

    def prepare_template(self) -> None:
        """Called when template files are read; operators may change their fields here."""

    def resolve_template_files(self) -> None:
        """Replaces the names of template files by what is in them."""
        endings = tuple(self.template_ext or ())
        if endings:
            for field in self.template_fields:
                self._resolve_template_file(field, endings)
        self.prepare_template()

    def _resolve_template_file(self, field: str, endings: tuple[str, ...]) -> None:
        content = getattr(self, field, None)
        if isinstance(content, str) and content.endswith(endings):
            source = self._read_template_file(field, content)
            if source is not None:
                setattr(self, field, source)
        elif isinstance(content, list):
            for position, item in enumerate(content):
                if isinstance(item, str) and item.endswith(endings):
                    source = self._read_template_file(field, item)
                    if source is not None:
                        content[position] = source

    def _read_template_file(self, field: str, name: str) -> str | None:
        env = self.get_template_env()
        try:
            return env.loader.get_source(env, name)[0]  # type: ignore[union-attr]
        except Exception:
            self.log.exception("The template file %r of the field %r cannot be read", name, field)
            return None

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: jinja2.Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Renders text, XComs and, within collections and objects with template fields, the same again."""
        value = content
        seen = set() if seen_oids is None else seen_oids
        if id(value) in seen:
            return value
        env = jinja_env or self.get_template_env()
        if isinstance(value, str):
            # Without endings, `endswith` an empty tuple is False.
            is_file = value.endswith(tuple(self.template_ext or ()))
            template = env.get_template(value) if is_file else env.from_string(value)
            return self._render(template, context)
        if isinstance(value, ResolveMixin):
            return value.resolve(context, include_xcom=True)
        if isinstance(value, (list, set)) or value.__class__ is tuple:
            kind = list if isinstance(value, list) else set if isinstance(value, set) else tuple
            return kind(self.render_template(item, context, env, seen) for item in value)
        if isinstance(value, tuple):
            # A named tuple.
            return value.__class__(*(self.render_template(item, context, env, seen) for item in value))
        if isinstance(value, dict):
            return {key: self.render_template(item, context, env, seen) for key, item in value.items()}
        self._render_nested_template_fields(value, context, env, seen)
        return value

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        if dag and dag.render_template_as_native_obj:
            return render_template_as_native(template, context)
        return render_template_to_string(template, context)

    def _render_nested_template_fields(self, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]) -> None:
        seen_oids.add(id(value))
        fields = getattr(value, "template_fields", None)
        if fields is not None:
            self._do_render_template_fields(value, fields, context, jinja_env, seen_oids)

    def _do_render_template_fields(
        self, parent: Any, template_fields: Iterable[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        for name in template_fields:
            rendered = self.render_template(getattr(parent, name), context, jinja_env, seen_oids)
            if rendered:
                setattr(parent, name, rendered)

"""Rendered template fields, as they are shown."""

from __future__ import annotations

from typing import Any


def get_serialized_template_fields(task: Any) -> dict[str, Any]:
    """The template fields of `task` as JSON values; long ones are cut."""
    from airflow.serialization.helpers import serialize_template_field

    return {field: serialize_template_field(getattr(task, field), field) for field in task.template_fields}


class RenderedTaskInstanceFields:
    """Where the rendered fields of a task instance are kept."""

    #: How a try sends its fields: set by the runner.
    _send: Any = None

    @classmethod
    def _update_runtime_evaluated_template_fields(cls, ti: Any, session: Any = None) -> None:
        """Renders again what a task computed while it ran, such as the command of ``@task.bash``."""
        ti.render_templates()
        if cls._send is not None:
            cls._send(ti.task)

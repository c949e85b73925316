"""Renders templates and reports the rendered fields, masked and shortened as Airflow stores them."""

from __future__ import annotations

import json
from typing import Any

import jinja2
from airflow.models.renderedtifields import get_serialized_template_fields
from airflow.utils.helpers import render_template_to_string
from airflow.utils.log.secrets_masker import redact

from updraft_runtime import literal_templates
from updraft_runtime.execution_link import SupervisorLink


def render_task(ti: Any, context: Any) -> tuple[Any, jinja2.Environment | None]:
    """Renders the fields of `ti.task`; returns the task before unmapping and the environment."""
    dag = ti.task.get_dag()
    environment = None if dag is None else dag.get_template_env()
    if environment is not None:
        literal_templates.shorten(environment)
    return ti.render_templates(context=context, jinja_env=environment), environment


def send_rendered_fields(link: SupervisorLink, task: Any) -> None:
    fields = get_serialized_template_fields(task=task)
    masked = {name: redact(value, name) for name, value in fields.items()}
    link.send({"type": "rendered_fields"}, json.dumps(masked).encode("utf-8"))


def render_map_index(context: Any, environment: jinja2.Environment | None) -> str | None:
    """The label of a mapped task's instance. The column holds 250 characters."""
    template = context.get("map_index_template")
    if environment is None or template is None:
        return None
    # Not `Template.render`, which would read every value of the context.
    return render_template_to_string(environment.from_string(template), context)[:250]

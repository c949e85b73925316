"""Renders templates and reports the rendered fields, masked and shortened as Airflow stores them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

import jinja2
from airflow.models.renderedtifields import get_serialized_template_fields
from airflow.utils.helpers import render_template_to_string
from airflow.utils.log.secrets_masker import redact

from updraft_runtime import literal_templates
from updraft_runtime.execution_link import SupervisorLink

#: Environments that were made before the fork, with the DAGs that they are for. Making one touches each of
#: Jinja's filters, and so copies the memory pages in which they are.
_kept: dict[str, tuple[Any, jinja2.Environment]] = {}

#: A file may make hundreds of DAGs.
MAX_KEPT = 20


def keep_environments(dags: Iterable[Any]) -> None:
    """Makes the environments of DAGs whose tasks this process will fork."""
    for dag in islice(dags, MAX_KEPT):
        # An error of the user's own extension belongs into the log of the task.
        with contextlib.suppress(Exception):
            _kept[dag.dag_id] = (dag, _environment(dag))


def _environment(dag: Any) -> jinja2.Environment:
    environment = dag.get_template_env()
    literal_templates.shorten(environment)
    return environment


def _environment_of(dag: Any) -> jinja2.Environment | None:
    if dag is None:
        return None
    kept = _kept.get(dag.dag_id)
    return kept[1] if kept is not None and kept[0] is dag else _environment(dag)


def render_task(ti: Any, context: Any) -> tuple[Any, jinja2.Environment | None]:
    """Renders the fields of `ti.task`; returns the task before unmapping and the environment."""
    environment = _environment_of(ti.task.get_dag())
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

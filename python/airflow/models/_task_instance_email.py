"""The e-mail about a task that failed or is retried."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)

_SUBJECT = "Airflow alert: {{ti}}"
_HEAD = "Try {{try_number}} out of {{max_tries + 1}}<br>Exception:<br>"
_TAIL = (
    '<br>Log: <a href="{{ti.log_url}}">Link</a><br>Host: {{ti.hostname}}<br>'
    'Mark success: <a href="{{ti.mark_success_url}}">Link</a><br>'
)
_TEXT = _HEAD + "{{exception_html}}" + _TAIL
_TEXT_WITHOUT_ERROR = _HEAD + "the text of the exception could not be sent" + _TAIL


def subject_and_texts(ti: Any, exception: Any, task: Any = None) -> tuple[str, str, str]:
    """Subject, text, and the text for when that cannot be sent. The settings ``[email]`` may name templates."""
    from airflow.utils.context import context_merge

    facts = {
        "exception": exception,
        "exception_html": str(exception).replace("\n", "<br>"),
        "try_number": ti.try_number,
        "max_tries": ti.max_tries,
    }
    if task is None and getattr(ti, "task", None) is None:
        return _rendered({"ti": ti, **facts}, _plain_environment(), is_default=True)
    context = ti.get_template_context()
    context_merge(context, facts)
    dag = ti.task.get_dag()
    # What users write may be rendered here; it must not reach Python's internals.
    environment = _plain_environment() if dag is None else dag.get_template_env(force_sandboxed=True)
    return _rendered(context, environment, is_default=False)


def _plain_environment() -> Any:
    from airflow.templates import SandboxedEnvironment

    return SandboxedEnvironment(cache_size=0, autoescape=True)


def _rendered(context: Any, environment: Any, *, is_default: bool) -> tuple[str, str, str]:
    from airflow.utils.helpers import render_template_to_string

    templates = (
        ("subject_template", _SUBJECT),
        ("html_content_template", _TEXT),
        ("html_content_template", _TEXT_WITHOUT_ERROR),
    )
    subject, text, without_error = (
        render_template_to_string(environment.from_string(default if is_default else _own(key, default)), context)
        for key, default in templates
    )
    return subject, text, without_error


def _own(key: str, default: str) -> str:
    """The template that the user configured, if it can be read."""
    from airflow.configuration import conf

    path = conf.get("email", key, fallback=None)
    if not path:
        return default
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        log.warning("The e-mail template %s cannot be read, the default is used: %s", path, error)
        return default


def alert(ti: Any, exception: Any, task: Any) -> None:
    """Sends the e-mail."""
    from airflow.utils.email import send_email

    subject, text, without_error = subject_and_texts(ti, exception, task)
    try:
        send_email(task.email, subject, text)
    except Exception:
        log.warning("The e-mail could not be sent; trying without the exception's text", exc_info=True)
        send_email(task.email, subject, without_error)

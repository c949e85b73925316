"""Sends e-mails."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from typing import Any

from airflow.exceptions import AirflowException

log = logging.getLogger(__name__)


def send_email(
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    conn_id: str | None = None,
    custom_headers: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Sends an e-mail through the function that ``[email] email_backend`` names, SMTP if nothing else is set."""
    from airflow.configuration import conf

    backend = conf.getimport("email", "email_backend", fallback=None) or send_email_smtp
    return backend(
        ", ".join(get_email_address_list(to)),
        subject,
        html_content,
        files=files,
        dryrun=dryrun,
        cc=cc,
        bcc=bcc,
        mime_subtype=mime_subtype,
        mime_charset=mime_charset,
        conn_id=conn_id or conf.get("email", "email_conn_id", fallback="smtp_default"),
        from_email=conf.get("email", "from_email", fallback=None),
        custom_headers=custom_headers,
        **kwargs,
    )


def send_email_smtp(
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    conn_id: str = "smtp_default",
    from_email: str | None = None,
    custom_headers: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Sends an e-mail through the server of the ``[smtp]`` settings."""
    from airflow.configuration import conf

    sender = conf.get("smtp", "smtp_mail_from", fallback=None) or from_email
    if sender is None:
        raise ValueError("an e-mail needs a sender: set [smtp] smtp_mail_from or [email] from_email")
    message, recipients = build_mime_message(
        mail_from=sender,
        to=to,
        subject=subject,
        html_content=html_content,
        files=files,
        cc=cc,
        bcc=bcc,
        mime_subtype=mime_subtype,
        mime_charset=mime_charset,
        custom_headers=custom_headers,
    )
    send_mime_email(sender, recipients, message, conn_id=conn_id, dryrun=dryrun)


def build_mime_message(
    mail_from: str | None,
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",
    mime_charset: str = "utf-8",
    custom_headers: dict[str, Any] | None = None,
) -> tuple[Any, list[str]]:
    """The message, and everyone who gets it."""
    from email.mime.application import MIMEApplication
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText
    from email.utils import formatdate

    recipients = get_email_address_list(to)
    message = MIMEMultipart(mime_subtype)
    message["Subject"] = subject
    if mail_from:
        message["From"] = mail_from
    message["To"] = ", ".join(recipients)
    if cc:
        copies = get_email_address_list(cc)
        message["CC"] = ", ".join(copies)
        recipients = recipients + copies
    if bcc:
        # In no header, so that the others do not see them.
        recipients = recipients + get_email_address_list(bcc)
    message["Date"] = formatdate(localtime=True)
    message.attach(MIMEText(html_content, "html", mime_charset))
    for path in files or []:
        name = os.path.basename(path)
        with open(path, "rb") as file:
            part = MIMEApplication(file.read(), Name=name)
        part["Content-Disposition"] = f'attachment; filename="{name}"'
        part["Content-ID"] = f"<{name}>"
        message.attach(part)
    for header, value in (custom_headers or {}).items():
        message[header] = value
    return message, recipients


def send_mime_email(
    e_from: str,
    e_to: str | list[str],
    mime_msg: Any,
    conn_id: str = "smtp_default",
    dryrun: bool = False,
) -> None:
    """Hands a message to the server of the ``[smtp]`` settings, with the login of the Connection `conn_id`."""
    import smtplib

    from airflow.configuration import conf

    user, password = _login(conn_id)
    if dryrun:
        return
    attempts = conf.getint("smtp", "smtp_retry_limit", fallback=5)
    for attempt in range(1, attempts + 1):
        log.info("Email alerting: attempt %s", attempt)
        try:
            server = _connected(smtplib)
        except smtplib.SMTPServerDisconnected:
            if attempt == attempts:
                raise
            continue
        if conf.getboolean("smtp", "smtp_starttls", fallback=True):
            server.starttls()
        if user and password:
            server.login(user, password)
        log.info("Sent an alert email to %s", e_to)
        server.sendmail(e_from, e_to, mime_msg.as_string())
        server.quit()
        return


def _login(conn_id: str | None) -> tuple[str | None, str | None]:
    from airflow.configuration import conf
    from airflow.hooks.base import BaseHook

    if conn_id is not None:
        try:
            connection = BaseHook.get_connection(conn_id)
            if connection.login and connection.password:
                return connection.login, connection.password
        except AirflowException:
            # Without such a Connection the settings hold the login, or there is none.
            pass
    return conf.get("smtp", "smtp_user", fallback=None), conf.get("smtp", "smtp_password", fallback=None)


def _connected(smtplib: Any) -> Any:
    from airflow.configuration import conf

    where = {
        "host": conf.get("smtp", "smtp_host", fallback="localhost"),
        "port": conf.getint("smtp", "smtp_port", fallback=25),
        "timeout": conf.getint("smtp", "smtp_timeout", fallback=30),
    }
    if not conf.getboolean("smtp", "smtp_ssl", fallback=False):
        return smtplib.SMTP(**where)
    import ssl

    kind = conf.get("email", "ssl_context", fallback="default")
    if kind not in ("default", "none"):
        raise RuntimeError(f"[email] ssl_context has to be 'default' or 'none', not {kind!r}")
    return smtplib.SMTP_SSL(**where, context=ssl.create_default_context() if kind == "default" else None)


def get_email_address_list(addresses: str | Iterable[str]) -> list[str]:
    """Addresses from text, separated by commas or semicolons, or from a collection."""
    if isinstance(addresses, str):
        return re.split(r"\s*[,;]\s*", addresses)
    if not isinstance(addresses, Iterable):
        raise TypeError(f"e-mail addresses have to be text or a collection of text, not a {type(addresses).__name__}")
    found = list(addresses)
    if not all(isinstance(item, str) for item in found):
        raise TypeError("e-mail addresses have to be text")
    return found

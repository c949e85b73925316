"""Sends an e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.models.baseoperator import BaseOperator


class EmailOperator(BaseOperator):
    """Sends an e-mail through the server of the ``[smtp]`` settings, or of the Connection `conn_id`.

    :param to: one address or more. (templated)
    :param subject: the subject. (templated)
    :param html_content: the text, which may be HTML, or the name of an ``.html`` template file. (templated)
    :param files: paths of files to attach. (templated)
    :param cc: who gets a copy
    :param bcc: who gets a copy that the others do not see
    :param mime_subtype: how the parts belong together
    :param mime_charset: the encoding of the text
    :param conn_id: the Connection that holds login and password
    :param custom_headers: more headers
    """

    template_fields: Sequence[str] = ("to", "subject", "html_content", "files")
    template_fields_renderers = {"html_content": "html"}
    template_ext: Sequence[str] = (".html",)
    ui_color = "#e6faf9"

    def __init__(
        self,
        *,
        to: list[str] | str,
        subject: str,
        html_content: str,
        files: list[str] | None = None,
        cc: list[str] | str | None = None,
        bcc: list[str] | str | None = None,
        mime_subtype: str = "mixed",
        mime_charset: str = "utf-8",
        conn_id: str | None = None,
        custom_headers: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.to = to
        self.subject = subject
        self.html_content = html_content
        self.files = files or []
        self.cc = cc
        self.bcc = bcc
        self.mime_subtype = mime_subtype
        self.mime_charset = mime_charset
        self.conn_id = conn_id
        self.custom_headers = custom_headers

    def execute(self, context: Any) -> None:
        from airflow.utils.email import send_email

        send_email(
            self.to,
            self.subject,
            self.html_content,
            files=self.files,
            cc=self.cc,
            bcc=self.bcc,
            mime_subtype=self.mime_subtype,
            mime_charset=self.mime_charset,
            conn_id=self.conn_id,
            custom_headers=self.custom_headers,
        )

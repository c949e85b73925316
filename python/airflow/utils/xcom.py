"""The key under which the return value of a task is pushed."""

from __future__ import annotations

XCOM_RETURN_KEY = "return_value"

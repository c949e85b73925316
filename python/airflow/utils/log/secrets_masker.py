"""Replaces secrets by ``***`` in what a task logs and in its rendered fields."""

from __future__ import annotations

import collections.abc
import enum
import functools
import logging
import re
import sys
from typing import Any, TextIO

log = logging.getLogger(__name__)

#: A name that contains one of these holds a secret.
DEFAULT_SENSITIVE_FIELDS = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "authorization",
        "keyfile_dict",
        "passphrase",
        "passwd",
        "password",
        "private_key",
        "secret",
        "service_account",
        "token",
    }
)

_MASK = "***"


@functools.cache
def get_sensitive_variables_fields() -> frozenset[str]:
    """`DEFAULT_SENSITIVE_FIELDS`, and those of the setting ``[core] sensitive_var_conn_names``."""
    from airflow.configuration import conf

    more = conf.get("core", "sensitive_var_conn_names", fallback="") or ""
    return DEFAULT_SENSITIVE_FIELDS | {field.strip().lower() for field in more.split(",") if field.strip()}


@functools.cache
def _hides_sensitive_fields() -> bool:
    from airflow.configuration import conf

    return conf.getboolean("core", "hide_sensitive_var_conn_fields", fallback=True)


def should_hide_value_for_key(name: Any) -> bool:
    """Whether the name of a Variable, a field or an argument says that its value is a secret."""
    if not isinstance(name, str) or not _hides_sensitive_fields():
        return False
    lowered = name.strip().lower()
    return any(field in lowered for field in get_sensitive_variables_fields())


def mask_secret(secret: Any, name: str | None = None) -> None:
    """Masks `secret` from here on: text, or each text in a collection.

    With a `name`, only if that is a sensitive one.
    """
    if secret:
        _secrets_masker().add_mask(secret, name)


def redact(value: Any, name: str | None = None, max_depth: int | None = None) -> Any:
    """`value` without its secrets; with a sensitive `name` every text in it is one."""
    return _secrets_masker().redact(value, name, max_depth)


class SecretsMasker(logging.Filter):
    """A logging filter that knows the secrets of this process."""

    ALREADY_FILTERED_FLAG = "__SecretsMasker_filtered"
    MAX_RECURSION_DEPTH = 5

    def __init__(self) -> None:
        super().__init__()
        self.patterns: set[str] = set()
        self.replacer: re.Pattern[str] | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        if self.replacer is None or self.ALREADY_FILTERED_FLAG in record.__dict__:
            return True
        for name, value in list(record.__dict__.items()):
            if name not in _record_attributes():
                record.__dict__[name] = self.redact(value)
        if record.exc_info and record.exc_info[1] is not None:
            self._redact_exception(record.exc_info[1], set())
        record.__dict__[self.ALREADY_FILTERED_FLAG] = True
        return True

    def redact(self, item: Any, name: str | None = None, max_depth: int | None = None) -> Any:
        return self._redact(item, name, 0, max_depth or self.MAX_RECURSION_DEPTH)

    def add_mask(self, secret: Any, name: str | None = None) -> None:
        before = len(self.patterns)
        self._add(secret, name)
        if len(self.patterns) > before:
            # The longest first, so that a secret that contains another is masked whole.
            self.replacer = re.compile("|".join(sorted(self.patterns, key=len, reverse=True)))

    def _add(self, secret: Any, name: str | None) -> None:
        if isinstance(secret, dict):
            for key, value in secret.items():
                self._add(value, key)
        elif isinstance(secret, str):
            if secret and (not name or should_hide_value_for_key(name)):
                self.patterns.update(re.escape(text) for text in _adapted(secret) if text)
        elif isinstance(secret, collections.abc.Iterable):
            for value in secret:
                self._add(value, name)

    def _redact_all(self, item: Any, depth: int, max_depth: int = MAX_RECURSION_DEPTH) -> Any:
        if depth > max_depth or isinstance(item, str):
            return _MASK
        if isinstance(item, dict):
            return {key: self._redact_all(value, depth + 1, max_depth) for key, value in item.items()}
        if isinstance(item, (tuple, set)):
            return tuple(self._redact_all(value, depth + 1, max_depth) for value in item)
        if isinstance(item, list):
            return [self._redact_all(value, depth + 1, max_depth) for value in item]
        return item

    def _redact(self, item: Any, name: Any, depth: int, max_depth: int) -> Any:
        if depth > max_depth:
            return item
        try:
            if name and should_hide_value_for_key(name):
                return self._redact_all(item, depth, max_depth)
            if isinstance(item, dict):
                return {key: self._redact(value, key, depth + 1, max_depth) for key, value in item.items()}
            if isinstance(item, enum.Enum):
                return self._redact(item.value, name, depth, max_depth)
            if _is_kubernetes_variable(item):
                return self._redact_kubernetes_variable(item.to_dict(), name, depth, max_depth)
            if isinstance(item, str):
                # str(): a subclass of text (a lazy value, markup) becomes plain text.
                return self.replacer.sub(_MASK, str(item)) if self.replacer else item
            if isinstance(item, (tuple, set)):
                return tuple(self._redact(value, None, depth + 1, max_depth) for value in item)
            if isinstance(item, list):
                return [self._redact(value, None, depth + 1, max_depth) for value in item]
        except Exception as error:
            # The record of this warning must not be searched for secrets again.
            flag = {self.ALREADY_FILTERED_FLAG: True}
            log.warning("Cannot look for secrets in a %s: %s", type(item).__name__, error, extra=flag)
        return item

    def _redact_kubernetes_variable(self, item: dict[str, Any], name: Any, depth: int, max_depth: int) -> Any:
        if should_hide_value_for_key(item.get("name", "")) and "value" in item:
            return {**item, "value": _MASK}
        return self._redact(item, name, depth, max_depth)

    def _redact_exception(self, error: BaseException, seen: set[int]) -> None:
        if id(error) in seen:
            return
        seen.add(id(error))
        try:
            error.args = tuple(self.redact(argument) for argument in error.args)
        except AttributeError:
            # Classes of extension modules may refuse.
            pass
        for other in (error.__context__, error.__cause__):
            if other is not None:
                self._redact_exception(other, seen)


@functools.cache
def _record_attributes() -> frozenset[str]:
    """What every record has; anything else came with ``extra=`` and may hold a secret."""
    record = logging.LogRecord("", logging.INFO, "", 0, "", (), None)
    return frozenset(record.__dict__) - {"msg", "args"}


def _is_kubernetes_variable(item: Any) -> bool:
    client = sys.modules.get("kubernetes.client")
    kind = getattr(client, "V1EnvVar", None)
    return kind is not None and isinstance(item, kind)


@functools.cache
def _adapter() -> Any:
    from airflow.configuration import conf

    return conf.getimport("logging", "secret_mask_adapter", fallback=None)


def _adapted(secret: str) -> list[str]:
    """The secret, and other forms of it that the setting ``[logging] secret_mask_adapter`` knows."""
    adapter = _adapter()
    if adapter is None:
        return [secret]
    adapted = adapter(secret)
    return [secret, *([adapted] if isinstance(adapted, str) else adapted)]


_masker = SecretsMasker()


def _secrets_masker() -> SecretsMasker:
    """The one masker of this process."""
    return _masker


class RedactedIO(TextIO):
    """Standard output without secrets, for `contextlib.redirect_stdout`."""

    def __init__(self) -> None:
        self.target = sys.stdout

    def write(self, text: str) -> int:
        return self.target.write(redact(text))

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __enter__(self) -> Any:
        return self.target.__enter__()

    def __exit__(self, *details: Any) -> Any:
        return self.target.__exit__(*details)

    def __getattribute__(self, name: str) -> Any:
        if name in ("target", "write", "writelines", "__class__"):
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "target"), name)

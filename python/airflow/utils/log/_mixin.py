"""The logger of an object, without importing `logging` before something is logged."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import logging
    from typing import Any


class LoggingMixin:
    """Gives a class a logger ``self.log``, named after the class."""

    _log: logging.Logger | None = None
    #: The name of a parent logger, put in front.
    _log_config_logger_name: str | None = None
    #: Used instead of the class's own name.
    _logger_name: str | None = None

    def __init__(self, context: Any = None) -> None:
        self._set_context(context)

    @staticmethod
    def _create_logger_name(
        logged_class: type, log_config_logger_name: str | None = None, class_logger_name: str | None = None
    ) -> str:
        name = class_logger_name
        if name is None:
            name = f"{logged_class.__module__}.{logged_class.__name__}"
        return ".".join(part for part in (log_config_logger_name, name) if part)

    @classmethod
    def _get_log(cls, obj: Any, clazz: type) -> logging.Logger:
        if obj._log is None:
            import logging

            name = cls._create_logger_name(clazz, obj._log_config_logger_name, obj._logger_name)
            obj._log = logging.getLogger(name)
        return obj._log

    @classmethod
    def logger(cls) -> logging.Logger:
        """The logger of the class."""
        return LoggingMixin._get_log(cls, cls)

    @property
    def log(self) -> logging.Logger:
        """The logger of this object."""
        return LoggingMixin._get_log(self, type(self))

    def _set_context(self, context: Any) -> None:
        if context is not None:
            from airflow.utils.log.logging_mixin import set_context

            set_context(self.log, context)


LoggingMixin.__module__ = "airflow.utils.log.logging_mixin"

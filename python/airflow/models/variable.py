"""Variables: values that DAG files and tasks read by name."""

from __future__ import annotations

from airflow.utils.log._mixin import LoggingMixin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NO_DEFAULT = object()


class Variable(LoggingMixin):
    """A value by name. [secrets] backend comes first, then `AIRFLOW_VAR_<KEY>`, then what Updraft stores.

    Variable.get("limit", default_var=10)
    Variable.get("settings", deserialize_json=True)["path"]
    """

    def __init__(self, key: str | None = None, val: Any = None, description: str | None = None) -> None:
        self.key = key
        self.val = val
        self.description = description

    def __repr__(self) -> str:
        return f"{self.key} : {self.val}"

    @classmethod
    def get(cls, key: str, default_var: Any = _NO_DEFAULT, deserialize_json: bool = False) -> Any:
        """The value of a Variable, or the default where there is none."""
        from airflow.utils.log.secrets_masker import mask_secret

        text = cls._text(key, has_default=default_var is not _NO_DEFAULT)
        if text is None:
            if default_var is _NO_DEFAULT:
                raise KeyError(f"Variable {key} does not exist")
            return default_var
        if not deserialize_json:
            mask_secret(text, key)
            return text
        import json

        value = json.loads(text)
        mask_secret(value, key)
        return value

    @classmethod
    def setdefault(cls, key: str, default: Any, description: str | None = None, deserialize_json: bool = False) -> Any:
        """The value of a Variable, which is set to the default where there is none."""
        value = cls.get(key, default_var=None, deserialize_json=deserialize_json)
        if value is not None:
            return value
        if default is None:
            raise ValueError(f"Variable.setdefault({key!r}) needs a default that is not None")
        cls.set(key, default, description=description, serialize_json=deserialize_json)
        return default

    @staticmethod
    def set(
        key: str, value: Any, description: str | None = None, serialize_json: bool = False, session: Any = None
    ) -> None:
        """Stores a Variable, also over one that is there."""
        import json

        from airflow import _supervisor

        Variable.check_for_write_conflict(key)
        text = json.dumps(value, indent=2) if serialize_json else str(value)
        _supervisor.set_variable(key, text, description)

    @staticmethod
    def update(key: str, value: Any, serialize_json: bool = False, session: Any = None) -> None:
        """Stores a new value of a Variable that is there."""
        if Variable.get_variable_from_secrets(key) is None:
            raise KeyError(f"Variable {key} does not exist")
        Variable.set(key, value, serialize_json=serialize_json)

    @staticmethod
    def delete(key: str, session: Any = None) -> int:
        """Deletes a Variable; returns how many were deleted."""
        from airflow import _supervisor

        return _supervisor.delete_variable(key)

    @staticmethod
    def check_for_write_conflict(key: str) -> None:
        """Warns where a value that is written will not be the one that is read."""
        from airflow.secrets._local import first

        if first(lambda backend: backend.get_variable(key=key)) is not None:
            import logging

            logging.getLogger(__name__).warning(
                "The Variable %s is written, but what is read is that of the environment or of [secrets] backend", key
            )

    @staticmethod
    def get_variable_from_secrets(key: str) -> str | None:
        """The text of a Variable, or None."""
        return Variable._text(key, has_default=False)

    @staticmethod
    def _text(key: str, *, has_default: bool) -> str | None:
        from airflow import _supervisor
        from airflow.secrets._local import first

        text = first(lambda backend: backend.get_variable(key=key))
        if text is not None:
            return text
        if has_default and not _supervisor.is_connected():
            # A DAG file that is run by itself is to work as far as it can.
            return None
        return _supervisor.get_variable(key)

    def get_val(self) -> Any:
        return self.val

    def set_val(self, value: Any) -> None:
        self.val = value

"""The Jinja environments and filters of templates."""

from __future__ import annotations

import jinja2.nativetypes
import jinja2.sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Any


class _AirflowEnvironmentMixin:
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters.update(FILTERS)  # type: ignore[attr-defined]

    def is_safe_attribute(self, obj: Any, attr: Any, value: Any) -> bool:
        """Attributes with one underscore are allowed: templates of DAG files use them."""
        return not jinja2.sandbox.is_internal_attribute(obj, attr)


class NativeEnvironment(_AirflowEnvironmentMixin, jinja2.nativetypes.NativeEnvironment):
    """Renders into Python values (`render_template_as_native_obj`)."""


class SandboxedEnvironment(_AirflowEnvironmentMixin, jinja2.sandbox.SandboxedEnvironment):
    """Renders into text, and keeps templates away from Python's internals."""


def _formatted(pattern: str) -> Any:
    def filter_(value: datetime.date | datetime.time | None) -> str | None:
        return None if value is None else value.strftime(pattern)

    return filter_


ds_filter = _formatted("%Y-%m-%d")
ds_nodash_filter = _formatted("%Y%m%d")
ts_nodash_filter = _formatted("%Y%m%dT%H%M%S")


def ts_filter(value: datetime.date | datetime.time | None) -> str | None:
    return None if value is None else value.isoformat()


def ts_nodash_with_tz_filter(value: datetime.date | datetime.time | None) -> str | None:
    return None if value is None else value.isoformat().replace("-", "").replace(":", "")


FILTERS = {
    "ds": ds_filter,
    "ds_nodash": ds_nodash_filter,
    "ts": ts_filter,
    "ts_nodash": ts_nodash_filter,
    "ts_nodash_with_tz": ts_nodash_with_tz_filter,
}

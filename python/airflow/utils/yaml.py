"""YAML, in C where it is installed so."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise ImportError("airflow.utils.yaml needs the package PyYAML: pip install pyyaml") from None
    return yaml


def safe_load(stream: Any) -> Any:
    """What a text or file in YAML holds; plain types only."""
    yaml = _yaml()
    return yaml.load(stream, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def dump(data: Any, **kwargs: Any) -> str:
    """Plain types as YAML."""
    yaml = _yaml()
    return yaml.dump(data, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), **kwargs)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_yaml(), name)

import importlib.util
import json
import sys


def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


print(
    json.dumps(
        {
            "version": sys.version_info[:2],
            "missing": [name for name in ("jinja2", "pendulum") if not has(name)],
            "has_airflow": has("airflow"),
            "is_virtual_environment": sys.prefix != sys.base_prefix,
        }
    )
)

import importlib.metadata
import json
import locale
import platform
import sys


def providers():
    found = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"] or ""
        if any(point.group == "apache_airflow_provider" for point in distribution.entry_points):
            found[name] = distribution.version
    return sorted(found.items())


print(
    json.dumps(
        {
            "uname": str(platform.uname()),
            "locale": str(locale.getlocale()),
            "version": sys.version.replace("\n", " "),
            "executable": sys.executable,
            "path": sys.path[1:],
            "providers": providers(),
        }
    )
)

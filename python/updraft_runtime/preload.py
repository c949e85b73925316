"""What the zygote imports once, so that no task has to."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

from updraft_runtime import preload_subprocess

#: Imports whatever a task with stock Airflow as the SDK uses first.
APACHE = ("updraft_runtime.sdk_apache_preload",)


def load(sdk: str, extra: list[str]) -> dict[str, str]:
    """Imports everything; gives what could not be imported, with the reason."""
    errors: dict[str, str] = {}
    apache = sdk == "apache" or (sdk == "auto" and importlib.util.find_spec("airflow") is not None)
    for module in (*(APACHE if apache else ()), *extra):
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - a broken package must not stop the others
            errors[module] = f"{type(error).__name__}: {error}"
    if apache and "airflow.hooks.subprocess" in sys.modules:
        preload_subprocess.install()
    return errors


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def open_sockets() -> int:
    count = 0
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
        except OSError:
            # The descriptor of the listing itself.
            pass
    return count

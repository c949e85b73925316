"""What the zygote imports once, so that no task has to."""

from __future__ import annotations

import importlib
import os
import sys

from updraft_runtime import preload_subprocess, sdk

#: Import whatever a task uses first.
MODULES = {
    sdk.APACHE: ("updraft_runtime.sdk_apache_preload",),
    sdk.BUNDLED: ("updraft_runtime.sdk_bundled_preload",),
}


def load(wanted: str, extra: list[str], *, tasks: bool = True) -> dict[str, str]:
    """Imports everything; gives what could not be imported, with the reason.

    Without `tasks` only what `extra` needs, where that is all: what is made ready for tasks takes longer
    than the parse of many files.
    """
    errors: dict[str, str] = {}
    kind = sdk.choose(wanted)
    sdk.activate(kind)
    # What changes stock Airflow's behaviour holds for its DAG files as well.
    own = MODULES.get(kind, ()) if tasks or kind == sdk.APACHE else ()
    for module in (*own, *extra):
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - a broken package must not stop the others
            errors[module] = f"{type(error).__name__}: {error}"
    if kind == sdk.APACHE and "airflow.hooks.subprocess" in sys.modules:
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

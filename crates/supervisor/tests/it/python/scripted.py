"""Stands in for the SDK: a "DAG file" is a script that is run in place of the task.

Preloaded by the zygote, it takes the names of the modules that need Airflow. A script sees
`channel`, `message`, `log_fd` and `succeed()`.
"""

import sys
import types

from updraft_runtime import frames


def _run(channel, log_fd, message):
    def end(state, blob=b"", **fields):
        outcome = {"type": "outcome", "state": state, "usage": frames.usage(), "xcoms": []}
        channel.send({**outcome, **fields}, blob)

    namespace = {
        "channel": channel,
        "message": message,
        "log_fd": log_fd,
        "end": end,
        "succeed": lambda: end("success"),
        "__name__": "__task__",
    }
    with open(message["path"], encoding="utf-8") as file:
        exec(compile(file.read(), message["path"], "exec"), namespace)
    return namespace.get("code", 0)


class _Imported:
    def __init__(self, path):
        self.files = [path]
        self.bag = types.SimpleNamespace(dags={}, import_errors={})
        namespace = {"__name__": "__import__"}
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.startswith("# import"):
            exec(compile(text, path, "exec"), namespace)


def _install(name, **attributes):
    module = types.ModuleType(f"updraft_runtime.{name}")
    vars(module).update(attributes)
    sys.modules[module.__name__] = module
    setattr(sys.modules["updraft_runtime"], name, module)


_install("task_runner", run=_run)
_install("callbacks", run=_run)
_install(
    "loader",
    parse=lambda channel, message: _run(channel, None, message),
    import_file=lambda path, folder: _Imported(path),
)

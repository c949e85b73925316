"""Import errors as problems: where in the author's own files they arose, and what to do."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
import sys
from dataclasses import dataclass

from updraft_runtime.check_problem import Problem
from updraft_runtime.check_source import Source

_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_CARET = re.compile(r"^(?P<before> *)\^+ *$", re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last):"
#: The first line of a traceback that is not indented: class and message of the exception.
_HEAD = re.compile(r"^([A-Za-z_][\w.]*)(: |$)", re.MULTILINE)
_SYNTAX = ("SyntaxError", "IndentationError", "TabError")


@dataclass
class Raised:
    """An exception as its traceback tells of it."""

    #: The class without its module.
    kind: str
    message: str
    path: str
    line: int | None
    column: int | None = None


def problem(path: str, text: str, folder: str, source: Source, arguments: dict[str, list[str]]) -> Problem:
    """The problem that an import error of `path` is. `arguments` are those of operators, by their class."""
    raised = read(path, text, folder)
    # Before Python 3.10 an error does not name the class whose constructor was called.
    called = next((name for name in source.called_at(raised.line) if name in arguments), "")
    kind, hint = _explain(raised, arguments, called)
    line = raised.line
    if line is None and (found := re.search(r"in DAG:? '?([\w.-]+)|DAG '([\w.-]+)'", raised.message)):
        line = source.line_of(found[1] or found[2])
    return Problem(kind, raised.path, f"{raised.kind}: {raised.message}".rstrip(": "), hint, line, raised.column)


def read(path: str, text: str, folder: str) -> Raised:
    """What happened, and the innermost line of the author's files that took part."""
    text = text.rstrip()
    # Of exceptions that led to others, the last one is the one that left the file.
    last = text[text.rfind(_TRACEBACK) :] if _TRACEBACK in text else text
    found = _HEAD.search(last)
    kind = found[1].rpartition(".")[2] if found else "Error"
    message = last[found.end() :].strip() if found else last
    if kind in _SYNTAX and (frames := _frames(last)):
        return Raised(kind, message, *frames[-1], _column(last))
    own = [frame for frame in _frames(last) or _frames(text) if frame[0].startswith(folder)]
    file, line = own[-1] if own else (path, None)
    return Raised(kind, message, file, line)


def _frames(text: str) -> list[tuple[str, int]]:
    return [(match["file"], int(match["line"])) for match in _FRAME.finditer(text)]


def _column(text: str) -> int | None:
    found = None
    for match in _CARET.finditer(text):
        found = len(match["before"]) - 3
    return found if found and found > 0 else None


#: Kind and hint by the class of the exception.
_BY_CLASS = {
    **dict.fromkeys(_SYNTAX, ("syntax_error", "the file is no Python: look at this line and the one before it")),
    "AirflowDagCycleException": ("cycle", "a task comes before itself: take one of the arrows away"),
    "DuplicateTaskIdFound": (
        "duplicate_task_id",
        "give each task of the DAG an id of its own; task groups prefix the ids in them",
    ),
    "AirflowDagDuplicatedIdException": ("duplicate_dag_id", "give each DAG of the folder an id of its own"),
    "ParamValidationError": ("invalid_param", "the default does not fit the schema of the Param: change either"),
    "AirflowTaskTimeout": (
        "slow_import",
        "move what takes long into tasks; [core] dagbag_import_timeout is the limit",
    ),
    "AirflowTimetableInvalid": (
        "invalid_value",
        "a schedule is a cron expression of five fields, a preset such as @daily, a timedelta or a timetable",
    ),
    "SerializationError": (
        "not_serializable",
        "the scheduler sees DAGs as JSON: use plain values here, or register the class in a plugin",
    ),
}

#: Kind and hint by words of the message, the first that fit.
_BY_WORDS = (
    (
        r"missing the start_date",
        ("no_start_date", "give the DAG start_date=datetime(...), or schedule=None if it is only triggered"),
    ),
    (
        r"required params without default|params need valid default",
        ("invalid_param", "a DAG with a schedule needs a valid default for each Param"),
    ),
    (
        r"must be one of| has to be |only accepts|type must be|must be callable|must be \w+ object|may only have",
        ("invalid_value", "give it one of the values that the message allows"),
    ),
    (
        r"got an unexpected keyword argument",
        ("unknown_argument", "no such argument: look at the signature of what is called on this line"),
    ),
    (
        r"missing (a )?(\d+ )?(required )?(keyword|positional)[\w -]* argument",
        ("missing_argument", "give the arguments that the message names"),
    ),
)

#: How the two SDKs, and Python itself, name arguments that a class does not take: the class, then the arguments.
_UNKNOWN_ARGUMENTS = (
    r"Invalid arguments were passed to (\w+)(.*)",
    r"(\w+) \(task_id: [^)]*\) has no arguments? (['\w, ]+)",
    r"(?:(\w+)\.)?__init__\(\) got an unexpected keyword argument ('\w+')",
)


def _explain(raised: Raised, arguments: dict[str, list[str]], called: str) -> tuple[str, str]:
    if raised.kind in _BY_CLASS:
        return _BY_CLASS[raised.kind]
    if raised.kind in ("ModuleNotFoundError", "ImportError"):
        return _import(raised.message)
    for pattern in _UNKNOWN_ARGUMENTS:
        if found := re.search(pattern, raised.message, re.DOTALL):
            names = re.findall(r"'(\w+)':", found[2]) or re.findall(r"'(\w+)'", found[2])
            return "unknown_argument", _nearest(found[1] or called, names, arguments)
    for pattern, explanation in _BY_WORDS:
        if re.search(pattern, raised.message):
            return explanation
    return "import_error", "the file raises this when it is parsed; the line is the last one of your own files"


def _import(message: str) -> tuple[str, str]:
    if "Airflow 2.10" in message:
        # The bundled API explains itself.
        return "absent_name", "set [updraft] python_sdk = apache and install apache-airflow, or write it another way"
    if found := re.search(r"No module named '?airflow\.providers\.([\w.]+)", message):
        package = "-".join(found[1].split(".")[:2])
        return "missing_module", f"install apache-airflow-providers-{package} or the provider that has it"
    if (found := re.search(r"No module named '?(airflow\.[\w.]+)", message)) and (meant := _module(found[1])):
        return "missing_module", f"there is no {found[1]}; did you mean {meant}?"
    if found := re.search(r"No module named '?([\w]+)", message):
        return (
            "missing_module",
            f"install what provides {found[1]!r} into the Python of the tasks, "
            "or put the module into the DAG folder or the plugins folder",
        )
    if found := re.search(r"cannot import name '(\w+)' from '([\w.]+)'", message):
        if meant := _name(found[2], found[1]):
            return "missing_name", f"{found[2]} has no {found[1]}; did you mean {meant}?"
        return "missing_name", f"{found[2]} has no {found[1]}: look for a slip of the pen, or for another version of it"
    return "missing_module", "the import failed for the reason that the message gives"


def _module(name: str) -> str | None:
    """The module of Airflow that is called nearly so."""
    parent, _, last = name.rpartition(".")
    try:
        package = importlib.import_module(parent)
        known = [module.name for module in pkgutil.iter_modules(package.__path__)]
    except (ImportError, AttributeError):
        # Its parent is a slip of the pen already.
        return _module(parent) if "." in parent else None
    found = difflib.get_close_matches(last, [one for one in known if not one.startswith("_")], 1, 0.6)
    return f"{parent}.{found[0]}" if found else None


def _name(module: str, name: str) -> str | None:
    """What the module has that is called nearly so."""
    found = difflib.get_close_matches(name, dir(sys.modules[module]), 1, 0.6) if module in sys.modules else []
    return found[0] if found else None


def _nearest(cls: str, names: list[str], arguments: dict[str, list[str]]) -> str:
    known = arguments.get(cls, [])
    meant = [found[0] for name in names if (found := difflib.get_close_matches(name, known, 1, 0.6))]
    if meant:
        return f"{cls} has no such argument; did you mean {', '.join(meant)}?"
    return f"{cls or 'the operator'} has no argument {', '.join(names)}: look for a slip of the pen, or take it away"

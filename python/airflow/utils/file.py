"""DAG files: which files are some, and what their modules are called."""

from __future__ import annotations

import ast
import hashlib
import logging
import os
import re
import zipfile
from collections.abc import Generator
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from airflow.configuration import conf

log = logging.getLogger(__name__)

MODIFIED_DAG_MODULE_NAME = "unusual_prefix_{path_hash}_{module_name}"

ZIP_REGEX = re.compile(rf"((.*\.zip){re.escape(os.sep)})?(.*)")


def correct_maybe_zipped(fileloc: Any) -> Any:
    """The zip archive that a path leads into, else the path itself."""
    if not fileloc or ".zip" not in str(fileloc):
        return fileloc
    archive = _archive(str(fileloc))
    return archive if archive else fileloc


def _archive(path: str) -> str | None:
    match = ZIP_REGEX.search(path)
    archive = match and match[2]
    return archive if archive and zipfile.is_zipfile(archive) else None


def open_maybe_zipped(fileloc: str, mode: str = "r") -> IO[Any]:
    """Opens a file, which may be in a zip archive."""
    archive = _archive(fileloc)
    if archive is None:
        return open(fileloc, mode=mode)
    name = fileloc[len(archive) + 1 :]
    return TextIOWrapper(zipfile.ZipFile(archive).open(name))


def find_path_from_directory(
    base_dir_path: str | os.PathLike[str], ignore_file_name: str, ignore_file_syntax: str | None = None
) -> Generator[str, None, None]:
    """All files below a folder that no ignore file names."""
    from airflow.utils._ignore_rules import files_below

    syntax = ignore_file_syntax or conf.get("core", "dag_ignore_file_syntax", fallback="regexp")
    yield from files_below(Path(base_dir_path), ignore_file_name, syntax)


def list_py_file_paths(
    directory: str | os.PathLike[str] | None,
    safe_mode: bool | None = None,
    include_examples: bool | None = None,
) -> list[str]:
    """The DAG files of a folder; a file is its own list.

    `include_examples` has no effect: the bundled API brings no example DAGs.
    """
    if directory is None:
        return []
    if os.path.isfile(directory):
        return [str(directory)]
    if safe_mode is None:
        safe_mode = conf.getboolean("core", "dag_discovery_safe_mode", fallback=True)
    return find_dag_file_paths(directory, safe_mode) if os.path.isdir(directory) else []


def find_dag_file_paths(directory: str | os.PathLike[str], safe_mode: bool) -> list[str]:
    """The Python files and zip archives of a folder that may contain DAGs."""
    found = []
    for path in find_path_from_directory(directory, ".airflowignore"):
        try:
            is_module = os.path.isfile(path) and (path.endswith(".py") or zipfile.is_zipfile(path))
            if is_module and might_contain_dag(path, safe_mode):
                found.append(path)
        except Exception:
            log.exception("Error while examining %s", path)
    return found


def might_contain_dag(file_path: str, safe_mode: bool, zip_file: zipfile.ZipFile | None = None) -> bool:
    """Whether a file is worth importing. `[core] might_contain_dag_callable` decides in safe mode."""
    if not safe_mode:
        return True
    default = "airflow.utils.file.might_contain_dag_via_default_heuristic"
    path = conf.get("core", "might_contain_dag_callable", fallback=default)
    if not path or path == default:
        return might_contain_dag_via_default_heuristic(file_path=file_path, zip_file=zip_file)
    from airflow.utils.module_loading import import_string

    return bool(import_string(path)(file_path=file_path, zip_file=zip_file))


def might_contain_dag_via_default_heuristic(file_path: str, zip_file: zipfile.ZipFile | None = None) -> bool:
    """Whether the words dag and airflow occur in a file; an archive always counts."""
    if zip_file:
        content = zip_file.read(file_path)
    elif not file_path.endswith(".py") and zipfile.is_zipfile(file_path):
        return True
    else:
        with open(file_path, "rb") as stream:
            content = stream.read()
    content = content.lower()
    return b"dag" in content and b"airflow" in content


def iter_airflow_imports(file_path: str) -> Generator[str, None, None]:
    """The modules of Airflow that a file imports at its top."""
    try:
        tree = ast.parse(Path(file_path).read_bytes())
    except Exception:
        return
    for statement in tree.body:
        names = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            names = [statement.module]
        yield from (name for name in names if name.startswith("airflow."))


def get_unique_dag_module_name(file_path: str) -> str:
    """The name that a DAG file's module gets, so that files of the same name do not meet."""
    if not isinstance(file_path, str):
        raise ValueError("file_path should be a string to generate unique module name")
    path_hash = hashlib.sha1(file_path.encode(), usedforsecurity=False).hexdigest()
    stem = Path(file_path).stem.replace(".", "_").replace("-", "_")
    return MODIFIED_DAG_MODULE_NAME.format(path_hash=path_hash, module_name=stem)

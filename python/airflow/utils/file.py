"""DAG files: which files may hold DAGs, and files within zip archives."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_IN_ARCHIVE = re.compile(rf"((.*\.zip){re.escape(os.sep)})?(.*)")


def correct_maybe_zipped(fileloc: Any) -> Any:
    """The archive, for the path of a file within one; any other path as it is."""
    if not fileloc:
        return fileloc
    found = _IN_ARCHIVE.search(str(fileloc))
    archive = found and found.group(2)
    return archive if archive and zipfile.is_zipfile(archive) else fileloc


def open_maybe_zipped(fileloc: str, mode: str = "r") -> Any:
    """Opens a file, which may lie within an archive."""
    found = _IN_ARCHIVE.search(str(fileloc))
    archive, name = (found.group(2), found.group(3)) if found else (None, fileloc)
    if archive and zipfile.is_zipfile(archive):
        return io.TextIOWrapper(zipfile.ZipFile(archive, mode=mode).open(name))  # type: ignore[arg-type]
    return open(fileloc, mode=mode)


def might_contain_dag(file_path: str, safe_mode: bool, zip_file: zipfile.ZipFile | None = None) -> bool:
    """Whether a file is worth an import; without safe mode each is."""
    if not safe_mode:
        return True
    from airflow.configuration import conf

    own = conf.getimport("core", "might_contain_dag_callable", fallback=None)
    return (own or might_contain_dag_via_default_heuristic)(file_path=file_path, zip_file=zip_file)


def might_contain_dag_via_default_heuristic(file_path: str, zip_file: zipfile.ZipFile | None = None) -> bool:
    """Whether a file speaks of both a DAG and Airflow."""
    if zip_file is not None:
        with zip_file.open(file_path) as file:
            content = file.read()
    else:
        if zipfile.is_zipfile(file_path):
            return True
        with open(file_path, "rb") as file:
            content = file.read()
    content = content.lower()
    return all(word in content for word in (b"dag", b"airflow"))


def get_unique_dag_module_name(file_path: str) -> str:
    """The name under which a DAG file is imported: two files of one name get two."""
    if not isinstance(file_path, str):
        raise ValueError("file_path should be a string to generate unique module name")
    digest = hashlib.sha1(file_path.encode("utf-8"), usedforsecurity=False).hexdigest()
    name = re.sub(r"[.-]", "_", Path(file_path).stem)
    return f"unusual_prefix_{digest}_{name}"


def iter_airflow_imports(file_path: str) -> Iterator[str]:
    """The modules of Airflow that a file imports at its top level."""
    try:
        tree = ast.parse(Path(file_path).read_bytes())
    except Exception:
        return
    for statement in ast.iter_child_nodes(tree):
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module is not None:
            names = [statement.module]
        else:
            continue
        yield from (name for name in names if name.startswith("airflow."))


def list_py_file_paths(
    directory: str | os.PathLike[str] | None, safe_mode: bool = True, include_examples: bool | None = None
) -> list[str]:
    """The files in a folder and below that may hold DAGs. ``.airflowignore`` is the DAG processor's to read."""
    if directory is None:
        return []
    if os.path.isfile(directory):
        return [str(directory)]
    found = sorted(path for path in Path(directory).rglob("*") if path.suffix in (".py", ".zip") and path.is_file())
    return [str(path) for path in found if might_contain_dag(str(path), safe_mode)]

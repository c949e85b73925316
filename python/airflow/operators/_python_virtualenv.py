"""Runs a function in a virtual environment that is made for it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

from airflow.exceptions import AirflowException
from airflow.operators._isolated import _BasePythonVirtualenvOperator
from airflow.operators.branch import BranchMixIn
from airflow.operators.python import PythonOperator
from airflow.utils.process_utils import execute_in_subprocess

_MARKER = "install_complete_marker.json"


class PythonVirtualenvOperator(_BasePythonVirtualenvOperator):
    """Runs a function in a virtual environment with the libraries that it requires.

    The function is made with def, imports what it needs inside, and refers to nothing outside it.

    :param python_callable: the function
    :param requirements: what pip installs; text is the content or, templated, the name of a requirements file
    :param python_version: such as "3.11"; the version of the task's Python if not given
    :param system_site_packages: whether the libraries of the task's Python can be imported
    :param pip_install_options: more arguments of ``pip install``
    :param index_urls: where pip looks for packages; an empty list means nowhere
    :param venv_cache_path: a folder that keeps the environment for the next task with the same requirements
    """

    template_fields: Sequence[str] = ("requirements", "index_urls", "venv_cache_path", *PythonOperator.template_fields)
    template_ext: Sequence[str] = (".txt",)

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        requirements: Iterable[str] | str | None = None,
        python_version: str | None = None,
        system_site_packages: bool = True,
        pip_install_options: list[str] | None = None,
        index_urls: Collection[str] | str | None = None,
        venv_cache_path: os.PathLike[str] | str | None = None,
        **kwargs: Any,
    ) -> None:
        self.requirements = _strings(requirements) or []
        self.python_version = None if python_version is None else str(python_version)
        self.system_site_packages = system_site_packages
        self.pip_install_options = pip_install_options
        self.index_urls = _strings(index_urls)
        self.venv_cache_path = venv_cache_path
        super().__init__(python_callable=python_callable, **kwargs)

    def execute_callable(self) -> Any:
        if self.venv_cache_path:
            return self._execute_python_callable_in_subprocess(self._cached(Path(self.venv_cache_path)))
        with tempfile.TemporaryDirectory(prefix="venv") as folder:
            return self._execute_python_callable_in_subprocess(self._make(Path(folder)))

    def _requirements_list(self) -> list[str]:
        found = [str(requirement) for requirement in self.requirements]
        if not self.system_site_packages and self.serializer != "pickle" and self.serializer not in found:
            found.append(self.serializer)
        return sorted(found)

    def _make(self, folder: Path) -> Path:
        """Makes the environment; gives its interpreter."""
        python = folder / "bin" / "python"
        requirements = self._requirements_list()
        options = ["--system-site-packages"] if self.system_site_packages else []
        if shutil.which("virtualenv") and self.python_version:
            execute_in_subprocess(["virtualenv", str(folder), *options, f"--python=python{self.python_version}"])
        else:
            interpreter = f"python{self.python_version}" if self.python_version else sys.executable
            # Pip takes most of the time.
            options += [] if requirements else ["--without-pip"]
            execute_in_subprocess([interpreter, "-m", "venv", *options, str(folder)])
        if self.index_urls is not None:
            (folder / "pip.conf").write_text(_pip_conf(self.index_urls))
        if requirements:
            file = folder / "requirements.txt"
            file.write_text("\n".join(requirements))
            wanted = self.pip_install_options or []
            execute_in_subprocess([str(python), "-m", "pip", "install", *wanted, "-r", str(file)])
        return python

    def _cached(self, parent: Path) -> Path:
        """The interpreter of the environment that was kept, or of one that is made and kept now."""
        facts = {
            "requirements_list": self._requirements_list(),
            "pip_install_options": self.pip_install_options,
            "index_urls": self.index_urls,
            "python_version": self.python_version,
            "system_site_packages": self.system_site_packages,
        }
        text = json.dumps(facts, sort_keys=True)
        folder = parent / f"venv-{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8]}"
        parent.mkdir(parents=True, exist_ok=True)
        with _lock(Path(f"{folder}.lock")):
            marker = folder / _MARKER
            if marker.exists() and marker.read_text() == text:
                self.log.info("Re-using cached Python virtual environment in %s", folder)
                return folder / "bin" / "python"
            # What is there was not finished.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                python = self._make(folder)
            except Exception as error:
                shutil.rmtree(folder, ignore_errors=True)
                raise AirflowException(f"Unable to create new virtual environment in {folder}") from error
            marker.write_text(text)
            return python

    def _iter_serializable_context_keys(self) -> Iterator[str]:
        yield from self.BASE_SERIALIZABLE_CONTEXT_KEYS
        if self.system_site_packages or "pendulum" in self.requirements:
            yield from self.PENDULUM_SERIALIZABLE_CONTEXT_KEYS


class BranchPythonVirtualenvOperator(PythonVirtualenvOperator, BranchMixIn):
    """Follows the tasks, or task groups, whose ids the function returns; skips what else is right downstream."""

    def execute(self, context: Any) -> Any:
        return self.do_branch(context, super().execute(context))


def _strings(value: Iterable[str] | str | None) -> list[str] | None:
    if value is None or isinstance(value, str):
        return [value] if value else None
    return list(value)


def _pip_conf(urls: list[str]) -> str:
    if not urls:
        return "[global]\nno-index = true\n"
    extra = f"extra-index-url = {' '.join(urls[1:])}\n" if urls[1:] else ""
    return f"[global]\nindex-url = {urls[0]}\n{extra}"


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield

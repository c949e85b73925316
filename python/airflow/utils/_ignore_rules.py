"""`.airflowignore`: which files below a folder are no DAG files."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger("airflow.utils.file")

_COMMENT = re.compile(r"\s*#.*")


class Rule(NamedTuple):
    """One line of an ignore file."""

    pattern: re.Pattern[str]
    #: What the path is relative to when it is matched; None for the name alone.
    base: Path | None
    #: False for a line that takes paths back.
    ignores: bool = True
    only_folders: bool = False

    def decides(self, path: Path) -> bool:
        if self.only_folders and not path.is_dir():
            return False
        return self.pattern.search(str(path.relative_to(self.base)) if self.base else path.name) is not None


def regexp(line: str, base: Path, file: Path) -> Rule | None:
    """A rule of syntax `regexp`: found anywhere in the path below the DAG folder."""
    try:
        return Rule(re.compile(line), base)
    except re.error as error:
        log.warning("Ignoring invalid regex %r of %s: %s", line, file, error)
        return None


def glob(line: str, base: Path, file: Path) -> Rule | None:
    """A rule of syntax `glob`: as in a .gitignore."""
    ignores = not line.startswith("!")
    text = line if ignores else line[1:]
    only_folders = text.endswith("/")
    text = text.rstrip("/")
    if not text:
        log.warning("Ignoring the pattern %r of %s, which fits nothing", line, file)
        return None
    anchored = "/" in text
    pattern = re.compile(_translate(text.lstrip("/")) + r"\Z")
    return Rule(pattern, file.parent if anchored else None, ignores, only_folders)


def _translate(text: str) -> str:
    """A regular expression for a pattern of a .gitignore, without its leading slash."""
    out = [r"\A"]
    position = 0
    while position < len(text):
        for sign, expression in (("**/", "(?:.*/)?"), ("/**", "/.*"), ("*", "[^/]*"), ("?", "[^/]")):
            if text.startswith(sign, position):
                out.append(expression)
                position += len(sign)
                break
        else:
            position = _one(text, position, out)
    return "".join(out)


def _one(text: str, position: int, out: list[str]) -> int:
    """Translates a set of characters or one character."""
    if text[position] == "[" and (end := text.find("]", position + 2)) > 0:
        inside = text[position + 1 : end]
        out.append("[^" + inside[1:] + "]" if inside[0] in "!^" else f"[{inside}]")
        return end + 1
    if text[position] == "\\" and position + 1 < len(text):
        position += 1
    out.append(re.escape(text[position]))
    return position + 1


_SYNTAXES = {"regexp": regexp, "glob": glob}


def files_below(folder: Path, ignore_file_name: str, syntax: str) -> Iterator[str]:
    """All files below `folder` that no ignore file on the way to them names."""
    if syntax not in _SYNTAXES:
        raise ValueError(f"[core] dag_ignore_file_syntax is regexp or glob, not {syntax!r}")
    rules_of: dict[Path, list[Rule]] = {folder.resolve(): []}
    for root_text, folders, files in os.walk(folder, followlinks=True):
        root = Path(root_text)
        rules = rules_of[root.resolve()] + list(_read(root / ignore_file_name, folder, syntax))
        folders[:] = [name for name in folders if not _is_ignored(root / name, rules)]
        for name in folders:
            resolved = (root / name).resolve()
            if resolved in rules_of:
                raise RuntimeError(f"Detected recursive loop when walking DAG directory {folder}: {resolved} twice")
            rules_of[resolved] = rules
        for name in files:
            if name != ignore_file_name and not _is_ignored(root / name, rules):
                yield str(root / name)


def _read(file: Path, folder: Path, syntax: str) -> Iterator[Rule]:
    if not file.is_file():
        return
    for line in file.read_text().split("\n"):
        if (text := _COMMENT.sub("", line)) and (rule := _SYNTAXES[syntax](text, folder, file)):
            yield rule


def _is_ignored(path: Path, rules: list[Rule]) -> bool:
    ignored = False
    for rule in rules:
        if rule.decides(path):
            ignored = rule.ignores
    return ignored

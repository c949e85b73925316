"""What installed packages offer, read from their metadata without importing importlib.metadata."""

from __future__ import annotations

import os
import sys
from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class EntryPoint(namedtuple("EntryPoint", ("name", "value", "package", "version"))):
    """A name that a package registers for a `module:attribute` of its own."""

    __slots__ = ()

    def load(self) -> Any:
        from importlib import import_module

        module, _, attributes = self.value.partition(":")
        found: Any = import_module(module.strip())
        for attribute in attributes.split("[")[0].strip().split("."):
            found = getattr(found, attribute) if attribute else found
        return found


def entry_points(group: str) -> list[EntryPoint]:
    """The entry points of a group; of a package that is installed twice, those of the first on the path."""
    found: dict[tuple[str, str], EntryPoint] = {}
    for folder in _metadata_folders():
        name, version = _package(folder)
        for point_name, value in _section(os.path.join(folder, "entry_points.txt"), group):
            found.setdefault((name, point_name), EntryPoint(point_name, value, name, version))
    return list(found.values())


def _metadata_folders() -> Iterator[str]:
    for path in dict.fromkeys(sys.path):
        try:
            names = os.listdir(path or ".")
        except OSError:
            # A zip archive, or a folder that is not there.
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                yield os.path.join(path, name)


def _package(folder: str) -> tuple[str, str]:
    stem = os.path.basename(folder).rpartition(".")[0]
    name, _, version = stem.partition("-")
    return name.replace("_", "-"), version


def _section(path: str, group: str) -> Iterator[tuple[str, str]]:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return
    if group not in text:
        return
    is_inside = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            is_inside = line == f"[{group}]"
        elif is_inside and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()

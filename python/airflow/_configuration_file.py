"""Reads airflow.cfg: what configparser reads, in a tenth of its time."""

from __future__ import annotations

import re

from airflow.exceptions import AirflowConfigException

_REFERENCE = re.compile(r"%%|%\(([^)]+)\)s")


def read_file(path: str) -> dict[str, dict[str, str]]:
    """Section, option, text. A file that is not there has no sections."""
    try:
        with open(path, encoding="utf-8") as file:
            return parse(file.read(), path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise AirflowConfigException(f"{path} cannot be read: {error}") from error


def parse(text: str, path: str) -> dict[str, dict[str, str]]:
    """The sections of the text of a configuration file."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] | None = None
    lines: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            # An empty line may be in the middle of a value, a comment is nothing.
            if lines is not None and not stripped:
                lines.append("")
        elif line[0].isspace() and lines is not None:
            lines.append(stripped)
        elif stripped[0] == "[" and stripped.endswith("]"):
            section, lines = sections.setdefault(stripped[1:-1].lower(), {}), None
        else:
            name, value = _option(stripped)
            if section is None or name is None:
                raise AirflowConfigException(f"{path}, line {number}: {stripped!r} is no option of a section")
            lines = section[name] = [value]
    return {name: _resolve(options) for name, options in sections.items()}


def _option(line: str) -> tuple[str | None, str]:
    ends = [position for position in (line.find("="), line.find(":")) if position > 0]
    if not ends:
        return None, ""
    return line[: min(ends)].strip().lower(), line[min(ends) + 1 :].strip()


def _resolve(options: dict[str, list[str]]) -> dict[str, str]:
    values = {name: "\n".join(lines).rstrip() for name, lines in options.items()}

    def replaced(match: re.Match[str]) -> str:
        return "%" if match[0] == "%%" else values.get(match[1].lower(), match[0])

    return {name: _REFERENCE.sub(replaced, value) if "%" in value else value for name, value in values.items()}

"""Records which files Airflow finds: `python record_discovery.py > discovery.json`.

Run with an interpreter that has apache-airflow 2.10.5. Each case is a folder, made anew, with its
ignore files; the answer is Airflow's own listing of it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile

from airflow.utils import file as airflow_file

DAG = "from airflow import DAG\n"

FILES = [
    "a.py",
    "b_test.py",
    "sub/a.py",
    "sub/deep/a.py",
    "sub/deep/c.py",
    "other/x.py",
    "other/sub/y.py",
    "tests/t.py",
    "weird [x].py",
    "data.txt",
]

CASES: list[dict] = [
    {"name": "no ignore file"},
    {"name": "regexp anywhere", "ignore": {"": "deep"}},
    {"name": "regexp on the path", "ignore": {"": "^sub/a\\.py$"}},
    {"name": "regexp with comment", "ignore": {"": "_test  # tests\n# nothing\n\nother/sub"}},
    {"name": "regexp, crlf", "ignore": {"": "_test\r\ntests\r\n"}},
    {"name": "invalid regexp", "ignore": {"": "(\n_test"}},
    {"name": "regexp in a folder counts from the root", "ignore": {"sub": "^sub/deep"}},
    {"name": "regexp in a folder does not reach its siblings", "ignore": {"sub": "a\\.py"}},
    {"name": "white space is a pattern", "ignore": {"": "   \n"}},
    {"name": "alternation", "ignore": {"": "tests|other"}},
]

GLOBS = {
    "name at any depth": "a.py",
    "folder": "deep",
    "folder with slash": "deep/",
    "slash does not match files": "a.py/",
    "anchored": "/a.py",
    "anchored folder": "/sub",
    "path": "sub/a.py",
    "star": "*_test.py",
    "star does not cross folders": "sub/*.py",
    "star folder": "*/a.py",
    "double star in front": "**/a.py",
    "double star behind": "sub/**",
    "double star between": "sub/**/c.py",
    "double star alone": "**",
    "everything": "*",
    "question mark": "?.py",
    "class": "[ab].py",
    "negated class": "[!ab].py",
    "caret class": "[^ab].py",
    "range": "[a-b].py",
    "escaped bracket": "weird \\[x\\].py",
    "unclosed bracket": "weird [x.py",
    "negation": "*.py\n!a.py",
    "negation before": "!a.py\n*.py",
    "negation below an ignored folder": "sub\n!sub/a.py",
    "repeated after negation": "a.py\n!a.py\na.py",
    "root slash": "/",
    "double star slash": "**/",
    "double double star": "sub/**/**/c.py",
    "comment": "# a.py\nb_test.py # x",
    "trailing space": "a.py   ",
    "hash within a name": "a#b.py\nx.py",
    "dot": "./a.py",
}

for name, text in GLOBS.items():
    CASES.append({"name": f"glob: {name}", "syntax": "glob", "ignore": {"": text}})
CASES += [
    {"name": "glob in a folder", "syntax": "glob", "ignore": {"sub": "/a.py"}},
    {"name": "glob in a folder, by name", "syntax": "glob", "ignore": {"sub": "a.py"}},
    {"name": "glob in a folder, path", "syntax": "glob", "ignore": {"sub": "deep/*.py\n!deep/c.py"}},
    {"name": "glob taken back below", "syntax": "glob", "ignore": {"": "a.py", "sub": "!a.py"}},
    {
        "name": "safe mode",
        "contents": {
            "words.py": "# DaG and AirFlow",
            "one_word.py": "# airflow",
            "other_word.py": "# dag",
            "empty.py": "",
            "latin.py": "dag airflow \xe9",
        },
    },
    {
        "name": "safe mode off",
        "safe_mode": False,
        "contents": {"one_word.py": "# airflow", "empty.py": "", "note.txt": "dag airflow"},
    },
    {"name": "links", "links": {"file.py": "a.py"}},
]


def record(case: dict) -> dict:
    case.setdefault("syntax", "regexp")
    case.setdefault("safe_mode", True)
    contents = {name: DAG for name in FILES} | case.get("contents", {})
    with tempfile.TemporaryDirectory() as root:
        for name, text in contents.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="latin-1") as file:
                file.write(text)
        for folder, text in case.get("ignore", {}).items():
            with open(os.path.join(root, folder, ".airflowignore"), "w", newline="") as file:
                file.write(text)
        for name, target in case.get("links", {}).items():
            os.symlink(os.path.join(root, target), os.path.join(root, name))
        airflow_file.find_path_from_directory.__defaults__ = (case["syntax"],)
        try:
            found = airflow_file.find_dag_file_paths(root, case["safe_mode"])
        except Exception as error:
            raise SystemExit(f"{case['name']}: {error}") from error
        case["found"] = sorted(os.path.relpath(path, root) for path in found)
    return {**case, "contents": contents}


def main() -> None:
    logging.disable(logging.CRITICAL)
    json.dump([record(case) for case in CASES], sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()

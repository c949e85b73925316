"""Folders, archives, ignore files and policies: what gets into a DagBag."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

DAG = "from airflow import DAG\nwith DAG({!r}, schedule=None):\n    pass\n"


def bag(folder: Path) -> Any:
    from airflow.models.dagbag import DagBag

    return DagBag(str(folder), include_examples=False)


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(DAG.format(path.stem))


def test_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "one.py", "deep/er/two.py", "notes.txt")
    (tmp_path / "no_words.py").write_text("raise ValueError\n")
    found = bag(tmp_path)
    assert sorted(found.dag_ids) == ["one", "two"]
    assert found.import_errors == {}
    assert found.dags["two"].fileloc == str(tmp_path / "deep/er/two.py")


def test_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        source = "from airflow import DAG\nfrom beside import NAME\ndag = DAG(NAME, schedule=None)\n"
        packed.writestr("in_archive.py", source)
        packed.writestr("beside.py", "NAME = 'packed'\n")
        packed.writestr("broken_in_archive.py", "# dag of airflow\nraise ValueError('of the archive')\n")
        packed.writestr("folder/not_at_the_top.py", DAG.format("hidden"))
    found = bag(tmp_path)
    assert found.dag_ids == ["packed"]
    assert found.dags["packed"].fileloc == str(archive / "in_archive.py")
    [(path, text)] = found.import_errors.items()
    assert path == str(archive / "broken_in_archive.py")
    assert "of the archive" in text


IGNORE_TREE = ("a.py", "b_test.py", "sub/a.py", "sub/c.py", "sub/deep/d.py", "other/d.py")


@pytest.mark.parametrize(
    ("syntax", "content", "kept"),
    [
        ("regexp", "_test\n", ["a.py", "other/d.py", "sub/a.py", "sub/c.py", "sub/deep/d.py"]),
        ("regexp", "sub/.*c  # words\n\n^other\n", ["a.py", "b_test.py", "sub/a.py", "sub/deep/d.py"]),
        ("regexp", "(\n", list(IGNORE_TREE)),
        ("glob", "*_test.py\n", ["a.py", "other/d.py", "sub/a.py", "sub/c.py", "sub/deep/d.py"]),
        ("glob", "/a.py\n", ["b_test.py", "other/d.py", "sub/a.py", "sub/c.py", "sub/deep/d.py"]),
        ("glob", "sub/*\n!sub/c.py\n", ["a.py", "b_test.py", "other/d.py", "sub/c.py"]),
        ("glob", "**/d.py\n", ["a.py", "b_test.py", "sub/a.py", "sub/c.py"]),
        ("glob", "deep/\n", ["a.py", "b_test.py", "other/d.py", "sub/a.py", "sub/c.py"]),
        ("glob", "[ab]*.py\n", ["other/d.py", "sub/c.py", "sub/deep/d.py"]),
        ("glob", "sub/**\n", ["a.py", "b_test.py", "other/d.py"]),
        ("glob", "?.py\n", ["b_test.py"]),
        ("glob", "d.py\n!other/d.py\n", ["a.py", "b_test.py", "other/d.py", "sub/a.py", "sub/c.py"]),
    ],
)
def test_ignore_files(tmp_path: Path, syntax: str, content: str, kept: list[str]) -> None:
    from airflow.utils.file import find_path_from_directory

    write(tmp_path, *IGNORE_TREE)
    (tmp_path / ".airflowignore").write_text(content)
    found = find_path_from_directory(str(tmp_path), ".airflowignore", syntax)
    assert sorted(str(Path(path).relative_to(tmp_path)) for path in found) == sorted(kept)


def test_a_policy_changes_refuses_and_skips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow import settings
    from airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation

    def policy(dag: Any) -> None:
        if dag.dag_id == "refused":
            raise AirflowClusterPolicyViolation("not here")
        if dag.dag_id == "skipped":
            raise AirflowClusterPolicySkipDag("not now")
        dag.tags = ["seen"]

    monkeypatch.setattr(settings, "dag_policy", policy)
    write(tmp_path, "kept.py", "refused.py", "skipped.py")
    found = bag(tmp_path)
    assert found.dag_ids == ["kept"]
    assert list(found.dags["kept"].tags) == ["seen"]
    [(path, text)] = found.import_errors.items()
    assert path == str(tmp_path / "refused.py")
    assert text == "AirflowClusterPolicyViolation: not here"


def test_an_id_of_two_files(tmp_path: Path) -> None:
    write(tmp_path, "one.py")
    (tmp_path / "two.py").write_text(DAG.format("one"))
    found = bag(tmp_path)
    assert found.dag_ids == ["one"]
    [text] = found.import_errors.values()
    assert text.startswith("AirflowDagDuplicatedIdException: ")
    assert str(tmp_path / "one.py") in text
    assert str(tmp_path / "two.py") in text


def test_an_import_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow import settings

    monkeypatch.setattr(settings, "get_dagbag_import_timeout", lambda path: 0.2)
    (tmp_path / "slow.py").write_text("# airflow dag\nimport signal\nwhile True:\n    signal.pause()\n")
    [text] = bag(tmp_path).import_errors.values()
    assert "AirflowTaskTimeout: DagBag import timeout for" in text

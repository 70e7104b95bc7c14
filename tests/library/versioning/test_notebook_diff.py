"""The diff of two notebooks: cell by cell, only what differs, whatever the files hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.versioning.notebook_diff import diff_notebooks
from benchbook.versioning.snapshots import file_at, find_commit


def book(*cells: tuple[str, str]) -> bytes:
    """A notebook of code cells, each an id and its source."""
    listed = [{"cell_type": "code", "id": id_, "source": source, "outputs": [1]} for id_, source in cells]
    return json.dumps({"nbformat": 4, "cells": listed}).encode()


def told(before: bytes, after: bytes) -> list[tuple[str, int, list[str]]]:
    """Status, number and lines of each cell that differs."""
    return [(cell.status, cell.number, cell.lines) for cell in diff_notebooks("x.ipynb", before, after).cells]


A, B, C = ("a", "x = 1"), ("b", "y = 2\nz = 3"), ("c", "print(x)")


def test_only_what_changed_is_told() -> None:
    """An edited cell with its lines, an added and a removed one; equal cells and outputs are not mentioned."""
    after = book(A, ("b", "y = 2\nz = 4"), ("d", "new"))
    assert told(book(A, B, C), after) == [
        ("changed", 2, ["@@ -1,2 +1,2 @@", " y = 2", "-z = 3", "+z = 4"]),
        ("added", 3, ["+new"]),
        ("removed", 3, ["-print(x)"]),
    ]
    assert diff_notebooks("x.ipynb", book(A, B), book(A, B)).status == "same"


def test_cells_are_found_again_without_ids() -> None:
    """Where an editor has written other ids, equal cells pair by source and edited ones by likeness."""
    after = book(("1", "x = 1"), ("2", "y = 2\nz = 4"), ("3", "print(x)"))
    assert told(book(A, B, C), after) == [("changed", 2, ["@@ -1,2 +1,2 @@", " y = 2", "-z = 3", "+z = 4"])]


def test_a_moved_cell_is_told_as_moved() -> None:
    """Of cells in another order the fewest that explain it are named."""
    assert told(book(A, B, C), book(B, C, A)) == [("moved", 3, [" was cell 1"])]


def test_a_notebook_comes_or_goes() -> None:
    """All its cells, as added or removed."""
    assert [cell.status for cell in diff_notebooks("x", None, book(A, B)).cells] == ["added", "added"]
    assert diff_notebooks("x", book(A), None).status == "removed"


def test_sources_are_cleaned_before_they_are_shown() -> None:
    """A masked value is never shown, and a change of nothing else says so."""
    before, after = book(("a", "k = 'old'")), book(("a", "k = 'new'"))
    diff = diff_notebooks("x", before, after, clean=lambda text: text.replace("old", "•").replace("new", "•"))
    assert diff.cells[0].lines == ["@@ only blanks, or a value that is masked here, changed @@"]


def test_it_stays_short() -> None:
    """Long lines, many lines and many cells are cut, and how much is said."""
    wide = diff_notebooks("x", book(), book(("a", "y" * 10_000), ("b", "\n".join("z" * 500))))
    assert len(wide.cells[0].lines[0]) < 300
    assert wide.cells[1].lines[-1] == "@@ and 440 more lines @@"
    assert diff_notebooks("x", book(), book(*((str(n), str(n)) for n in range(100)))).left_out == 60


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 3}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_notebook_is_said(content: bytes) -> None:
    """A problem in words instead of an error: a report must not die of one broken file."""
    diff = diff_notebooks("x.ipynb", content, book(A))
    assert diff.status == "unknown"
    assert diff.problem.startswith("It cannot be compared")


_text = st.text("ab`|\n<é\0", max_size=12)
_json = st.none() | st.integers(0, 9) | _text | st.lists(_text, max_size=3) | st.dictionaries(_text, _text, max_size=2)
_cell = st.fixed_dictionaries({}, optional={"id": _json, "cell_type": _json, "source": _json})


@given(st.lists(_cell, max_size=6), st.lists(_cell, max_size=6))
def test_any_cells_can_be_compared(before: list[object], after: list[object]) -> None:
    """Whatever JSON stands in the cells, there is an answer; equal notebooks are the same."""
    files = [json.dumps({"cells": cells}).encode() for cells in (before, after)]
    diff_notebooks("x", *files)
    assert diff_notebooks("x", files[0], files[0]).status == "same"


def test_notebooks_of_a_commit(tmp_path: Path) -> None:
    """The file as a branch, tag or commit has it; names that git could read as options are no refs."""
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v1"]):
        if command[0] == "add":
            (tmp_path / "x.ipynb").write_bytes(book(A))
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *command], cwd=tmp_path, check=True)
    (tmp_path / "x.ipynb").write_bytes(book(B))
    commit = find_commit(tmp_path, "main")
    assert commit is not None
    assert find_commit(tmp_path, "v1") == find_commit(tmp_path, commit[:8]) == commit
    assert file_at(tmp_path, commit, "x.ipynb") == book(A)
    assert file_at(tmp_path, commit, "y.ipynb") is None
    for bad in ("nothing", "--upload-pack=x", "-h", "main:x.ipynb", "a b", ""):
        assert find_commit(tmp_path, bad) is None

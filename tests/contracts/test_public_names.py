"""What `import benchbook as bb` offers is decided, small and true."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import benchbook

AT_MOST = 25


def test_public_names_are_few_and_sorted() -> None:
    """`__all__` is in order, so that a new name shows up in review, and short enough to learn."""
    assert benchbook.__all__ == sorted(benchbook.__all__)
    assert len(benchbook.__all__) <= AT_MOST


def test_every_public_name_is_there_and_explained() -> None:
    """Each name of `__all__` can be had, and says in a docstring what it promises."""
    unexplained = [name for name in benchbook.__all__ if not (getattr(benchbook, name).__doc__ or "").strip()]
    assert unexplained == []


def test_nothing_else_is_public() -> None:
    """In a fresh process, `dir` shows `__all__` and underscored names only: nothing leaks in by an import."""
    code = "import benchbook; print(*dir(benchbook))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    modules = {path.stem for path in Path(benchbook.__file__).parent.iterdir()}
    public = {name for name in shown if name in benchbook.__all__ or not name.startswith("_")}
    assert sorted(public - modules) == benchbook.__all__


def test_types_are_shipped() -> None:
    """Both packages carry `py.typed`, so that a user's type checker sees our types."""
    assert [package for package in ("benchbook", "benchbook_lab") if not (files(package) / "py.typed").is_file()] == []

"""Snapshots: the code and the environment of a run, as they really were."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator

import msgspec
import pytest

from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.tracking import current_run, finish_run, get_run, start_run
from benchbook.versioning import code_state, environment_state


def git(project: Project, *words: str) -> str:
    """Run git in the project."""
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words]
    return subprocess.run(command, cwd=project.root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(autouse=True)
def _no_run_left(project: Project) -> Iterator[None]:
    yield
    while current_run() is not None:
        finish_run()


def test_commit_branch_and_diff(project: Project) -> None:
    """Commit, branch and the uncommitted diff are those of git; a clean tree has no diff."""
    (project.root / "a.py").write_text("x = 1\n")
    git(project, "init", "-q", "-b", "topic")
    git(project, "add", "a.py")
    git(project, "commit", "-q", "-m", "one")
    clean = code_state(project.root, objects_of(project), "")
    assert (clean.commit, clean.branch, clean.dirty, clean.diff) == (
        git(project, "rev-parse", "HEAD"),
        "topic",
        False,
        None,
    )
    (project.root / "a.py").write_text("x = 2\n")
    dirty = code_state(project.root, objects_of(project), "")
    assert dirty.dirty
    assert dirty.diff is not None
    assert b"-x = 1\n+x = 2" in objects_of(project).get_bytes(dirty.diff)


def test_outside_git(project: Project) -> None:
    """Without git there is no commit, and that is no error."""
    state = code_state(project.root, objects_of(project), "")
    assert (state.commit, state.branch, state.dirty, state.diff) == (None, None, False, None)


def test_a_hostile_repository_runs_nothing(project: Project) -> None:
    """A repository whose settings name programs to run has none of them run."""
    git(project, "init", "-q")
    (project.root / "a").write_text("1")
    git(project, "add", "a")
    git(project, "commit", "-q", "-m", "one")
    marker = project.root / "ran"
    for setting in ("core.fsmonitor", "diff.external", "core.pager"):
        git(project, "config", setting, f"touch {marker}")
    (project.root / "a").write_text("2")
    assert code_state(project.root, objects_of(project), "").dirty
    assert not marker.exists()


def test_environment_is_this_one(project: Project) -> None:
    """Python, hardware and packages are the real ones; the full list is kept."""
    state = environment_state(objects_of(project))
    assert state.python == platform.python_version()
    assert state.cores >= 1
    assert state.memory > 2**28
    packages = msgspec.json.decode(objects_of(project).get_bytes(state.packages))
    assert packages["duckdb"] == state.key_packages["duckdb"]
    assert len(packages) == state.package_count


def test_a_run_carries_its_snapshots(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run started in a notebook keeps the notebook's path in the project and its source as saved."""
    notebook = project.root / "sub" / "train.ipynb"
    notebook.parent.mkdir()
    notebook.write_text('{"cells": []}')
    monkeypatch.setenv("BENCHBOOK_NOTEBOOK", str(notebook))
    with start_run() as run:
        pass
    found = get_run(run.id)
    assert (found.name, found.notebook) == ("train", "sub/train.ipynb")
    assert found.code is not None
    assert found.code.source is not None
    assert objects_of(project).get_bytes(found.code.source) == b'{"cells": []}'
    assert found.environment is not None

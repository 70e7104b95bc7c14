"""A project that may only be read, for real (a read-only mount): it answers, up to what its writers logged last."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchbook.data import list_datasets, load_dataset, save_dataset
from benchbook.errors import NotAllowed
from benchbook.governance import examine
from benchbook.project import Project, open_project
from benchbook.tracking import find_runs, list_runs, start_run

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="a read-only mount needs root on Linux"),
    pytest.mark.filterwarnings("ignore:.*answered from a copy:RuntimeWarning"),
]
Show = Callable[[Path, Path], None]


@pytest.fixture
def show_read_only() -> Iterator[Show]:
    """Show one place (a folder or a file) at another, read-only."""
    with ExitStack() as mounts:

        def show(place: Path, there: Path) -> None:
            subprocess.run(["mount", "--bind", place, there], check=True)
            mounts.callback(subprocess.run, ["umount", "-l", there], check=True)
            subprocess.run(["mount", "-o", "remount,ro,bind", there], check=True)

        yield show


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with a run, a table and a folder in it."""
    (project.root / "in").mkdir()
    (project.root / "in" / "a.csv").write_text("x,y\n1,2\n")
    with start_run("train", project=project) as run:
        run.log_metric("auc", 0.7)
        save_dataset("table", project.root / "in" / "a.csv", project=project)
        save_dataset("folder", project.root / "in", project=project)
    return project


@pytest.fixture
def shown(filled: Project, tmp_path_factory: pytest.TempPathFactory, show_read_only: Show) -> Project:
    """The same project, where nothing can be written."""
    there = tmp_path_factory.mktemp("shown")
    show_read_only(filled.root, there)
    return open_project(there)


def test_all_reading_works(shown: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, datasets, their bytes and SQL are answered, once with a warning; recording says what stands against it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.warns(RuntimeWarning, match="cannot be written: it is answered from a copy"):
        assert list_runs(project=shown).total == 1
    assert len(find_runs("metrics.auc > 0.5", project=shown)) == 1
    assert {item.name for item in list_datasets(project=shown)} == {"table", "folder"}
    assert load_dataset("table", project=shown).to_dict("list") == {"x": [1], "y": [2]}
    assert (load_dataset("folder", project=shown) / "a.csv").read_text() == "x,y\n1,2\n"
    assert shown.store.run_sql("SELECT count(*) FROM metrics").rows == [[1]]
    assert {finding.level for finding in examine(shown)} == {"ok"}
    with pytest.raises(NotAllowed, match="cannot be written"):
        start_run("mine", project=shown)


def test_what_writers_log_meanwhile_is_seen(filled: Project, shown: Project) -> None:
    """A run seen live, and finished and put away between two looks, is seen whole; so are new facts."""
    with start_run("live", project=filled) as run:
        run.log_metric("loss", 1.0)
        assert list_runs("name = 'live' AND status = 'running'", project=shown).total == 1
        run.log_metric("loss", 2.0)
    save_dataset("more", filled.root / "in" / "a.csv", project=filled)
    assert list_runs(project=filled).total == 2
    assert list_runs("name = 'live' AND status = 'finished' AND metrics.loss = 2", project=shown).total == 1
    assert len(list_datasets(project=shown)) == 3


def test_a_store_file_that_is_not_ours(filled: Project, show_read_only: Show) -> None:
    """Where only store.duckdb cannot be written, reading works all the same."""
    assert list_runs(project=filled).total == 1
    with start_run("second", project=filled):
        pass
    show_read_only(filled.store.path, filled.store.path)
    assert list_runs(project=filled).total == 2


def test_commands_say_so_once(shown: Project) -> None:
    """On the command line a note stands beside the answer, and nothing is left in the temporary folder."""
    command = [sys.executable, "-m", "benchbook", "--project", str(shown.root), "runs", "--json"]
    spare = shown.root.parent / "spare"
    spare.mkdir()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": spare})
    assert (done.returncode, len(json.loads(done.stdout))) == (0, 1)
    assert done.stderr.count("answered from a copy") == 1
    assert list(spare.glob("benchbook-*/store.duckdb")) == []

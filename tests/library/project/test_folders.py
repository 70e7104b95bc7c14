"""Whatever a project's folder is called: it works and reads no other folder, or is refused before a write."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchbook.data import load_dataset, save_dataset
from benchbook.errors import InvalidInput
from benchbook.project import Project, open_project
from benchbook.store import fold
from benchbook.tracking import list_runs, start_run


def worked(root: Path) -> Project:
    """A project in a new folder, with a run of many lines, a frame and a CSV file in it."""
    root.mkdir()
    project = open_project(root)
    (root / "a.csv").write_text("x,y\n1,2\n")
    with start_run("train", project=project) as run:
        run.log_metric("auc", 0.7)
    save_dataset("csv", root / "a.csv", project=project)
    save_dataset("frame", pd.DataFrame({"x": [1], "y": [2]}), project=project)
    return project


@pytest.mark.parametrize("name", ["a*", "a[b]", "year=2024", "r=1", "é it's"])
def test_names_that_mean_something_elsewhere(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Patterns, partitions, quotes: DuckDB reads this folder and this alone, though others would match its name."""
    monkeypatch.setattr(fold, "BULK", 1)
    for other in ("ab", "a1"):
        worked(tmp_path / other)
    project = worked(tmp_path / name)
    assert list_runs("metrics.auc = 0.7", project=project).total == 1
    for dataset in ("csv", "frame"):
        assert load_dataset(dataset, project=project).to_dict("list") == {"x": [1], "y": [2]}
    assert project.store.run_sql("SELECT count(*) FROM runs").rows == [[1]]


@pytest.mark.parametrize("char", ["?", "\\"])
def test_names_duckdb_cannot_open(char: str, tmp_path: Path) -> None:
    """Writing and reading are refused with the character and what to do; nothing is made."""
    root = tmp_path / f"q{char}x"
    root.mkdir()
    project = open_project(root)
    for act in (lambda: start_run("r", project=project), lambda: list_runs(project=project)):
        with pytest.raises(InvalidInput, match="Rename that folder") as caught:
            act()
        assert repr(char) in caught.value.what
    assert list(root.iterdir()) == []

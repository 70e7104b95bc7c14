"""The check-up finds what was changed, lost or never finished, and nothing where all is well."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.data import save_dataset
from benchbook.governance import Finding, examine
from benchbook.project import Project
from benchbook.tracking import list_runs, start_run


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with a run, an artifact and two facts."""
    (project.root / "a.csv").write_text("x,y\n1,2\n")
    (project.root / "b.csv").write_text("x,y\n3,4\n")
    with start_run("train") as run:
        run.log_metric("auc", 0.7)
        run.log_artifact("a.csv")
        save_dataset("a", "a.csv")
        save_dataset("b", "b.csv")
    assert list_runs().total == 1  # folded, so that the finished stream stands in done/
    return project


def problems(project: Project) -> list[Finding]:
    """Whatever is not well."""
    return [finding for finding in examine(project) if finding.level != "ok"]


def test_a_sound_project_has_no_findings(filled: Project) -> None:
    """All areas are checked, and all are well."""
    assert problems(filled) == []
    assert {finding.area for finding in examine(filled)} == {"ledger", "streams", "store", "objects"}


def test_an_empty_folder_is_no_error(project: Project) -> None:
    """Nothing recorded yet is said as such."""
    assert [finding.level for finding in examine(project)] == ["warning"]


def test_a_changed_byte_in_the_ledger_is_found(filled: Project) -> None:
    """One byte changed in a fact that was folded long ago: the check-up names line and byte."""
    path = filled.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"rows":1', b'"rows":9', 1))
    (finding,) = problems(filled)
    assert (finding.level, finding.area) == ("error", "ledger")
    assert "line 1 (byte 0)" in finding.message


def test_changed_and_lost_objects_are_found(filled: Project) -> None:
    """Bytes that no longer match their id, and bytes that are gone, are named by what they were."""
    objects = [path for path in (filled.folder / "objects").rglob("*") if path.is_file()]
    csv = [path for path in objects if path.read_bytes() in (b"x,y\n1,2\n", b"x,y\n3,4\n")]
    csv[0].chmod(0o644)
    csv[0].write_bytes(b"changed!")
    csv[1].unlink()
    said = " ".join(finding.message for finding in problems(filled))
    assert "were changed" in said
    assert "are gone" in said


def test_bad_lines_and_unborn_streams_are_found(filled: Project) -> None:
    """Unreadable lines are counted by stream, and files of writers that died at birth are listed."""
    stream = next((filled.folder / "streams" / "done").iterdir())
    stream.write_bytes(stream.read_bytes() + b"garbage\n")
    (filled.folder / "streams" / "active" / ".x.jsonl.tmp").write_bytes(b"")
    said = [finding.message for finding in problems(filled)]
    assert any("1 unreadable lines" in text for text in said)
    assert any("never begun" in text for text in said)
    assert any("of which the store holds" in text for text in said)


def test_looking_changes_nothing(filled: Project) -> None:
    """The check-up leaves ledger, streams and objects as they are."""

    def state() -> dict[Path, bytes]:
        places = [filled.folder / "ledger.jsonl", *(filled.folder / "streams").rglob("*.jsonl")]
        return {path: path.read_bytes() for path in places}

    before = state()
    examine(filled)
    assert state() == before

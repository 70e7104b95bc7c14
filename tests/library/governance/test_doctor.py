"""The check-up finds what was changed, lost or never finished, and nothing where all is well."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchbook.data import save_dataset
from benchbook.governance import Finding, examine
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.tracking import list_runs, start_run


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with a run, an artifact and two facts."""
    (project.root / "a.csv").write_text("x,y\n1,2\n")
    (project.root / "b.csv").write_text("x,y\n3,4\n")
    script = project.root / "train.py"
    script.write_text("fit()")
    with start_run("train", notebook=str(script)) as run:
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


def test_a_changed_digit_in_a_finished_stream_is_found(filled: Project) -> None:
    """0.7 made 0.9 reads well and folds well: only the checksum tells, also after the store was rebuilt from it."""
    (stream,) = (filled.folder / "streams" / "done").iterdir()
    stream.write_bytes(stream.read_bytes().replace(b'"v":0.7', b'"v":0.9'))
    for _ in range(2):
        (finding,) = problems(filled)
        assert (finding.level, finding.area) == ("error", "streams")
        assert f"{stream.name} was changed" in finding.message
        filled.store.path.unlink()


def test_a_lost_stream_and_lost_checksums_are_found(filled: Project) -> None:
    """What a run logged cannot go unnoticed; without checksums it is said that changes cannot be found."""
    (stream,) = (filled.folder / "streams" / "done").iterdir()
    sums = filled.folder / "streams" / "done.sums"
    known = sums.read_bytes()
    sums.unlink()
    (finding,) = problems(filled)
    assert "1 finished streams have no readable checksum" in finding.message
    sums.write_bytes(known)
    stream.unlink()
    filled.store.path.unlink()
    (finding,) = problems(filled)
    assert f"{stream.name} is gone" in finding.message


def test_every_stored_byte_is_read(filled: Project) -> None:
    """Whatever object is changed, a folder's file, a snapshot's or one that nobody points at: it is found and named."""
    (filled.root / "in").mkdir()
    (filled.root / "in" / "deep.txt").write_text("deep")
    save_dataset("folder", filled.root / "in")
    objects_of(filled).put_bytes(b"nobody's")
    said = ""
    for path in (path for path in (filled.folder / "objects").rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        (finding,) = problems(filled)
        said += finding.message
        path.write_bytes(whole)
    for what in (
        "deep.txt of dataset folder:1",
        "dataset folder:1",
        "the packages of run",
        "the source of run",
        "some",
    ):
        assert f"The bytes of {what}" in said


@pytest.mark.filterwarnings("ignore:.*it is rebuilt:RuntimeWarning")
@pytest.mark.parametrize("name", ["ledger.jsonl", "store.duckdb", "lock", "streams", "streams/done", "objects"])
@pytest.mark.parametrize("made", ["gone", "folder", "file"])
def test_nothing_raises_for_a_broken_project(name: str, made: str, filled: Project) -> None:
    """Whatever of the project is lost or something else, the check-up ends, and what cannot be rebuilt is missed."""
    path = filled.folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    if made == "folder":
        path.mkdir()
    elif made == "file":
        path.write_bytes(b"x")
    found = problems(filled)
    assert found or name == "lock" or (name, made) == ("store.duckdb", "gone")


def test_a_broken_ledger_without_store_is_reported(filled: Project) -> None:
    """No other part hinders the finding, and the bytes are still read."""
    path = filled.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"rows":1', b'"rows":9', 1))
    filled.store.path.unlink()
    found = examine(filled)
    assert {finding.area for finding in found if finding.level == "error"} == {"ledger", "store"}
    assert "objects were read" in found[-1].message


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

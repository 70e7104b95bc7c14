"""Drift between dataset versions: what is remembered, what is shown, and what happens when something is not there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchbook.data import get_dataset, save_dataset
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput, NotFound, StoreDamaged
from benchbook.monitoring import compare_datasets, propose_thresholds, reference_of
from benchbook.monitoring.cache import thresholds_of
from benchbook.objects import objects_of
from benchbook.project import Project
from library.monitoring.tables import normal


def remembered(project: Project) -> list[Path]:
    """The files that remember sketches."""
    return sorted((project.folder / "cache" / "references").glob("*.json"))


def test_two_versions(project: Project):
    """Two versions are compared by their refs, and the report names them and what differs most."""
    save_dataset("flights", normal(500))
    save_dataset("flights", normal(400, seed=1, shift=3))
    report = compare_datasets("flights:1", "flights:2")
    assert (report.reference, report.chunk, report.reference_rows, report.chunk_rows) == (
        "flights:1",
        "flights:2",
        500,
        400,
    )
    assert (report.columns[0].name, report.exact) == ("n0", True)
    assert not compare_datasets("flights:1", "flights:2", ["n1"]).columns[0].js > 0.2


def test_csv_is_compared(project: Project, tmp_path: Path):
    """A version saved from CSV is compared with one saved from a frame."""
    frame = pd.DataFrame({"x": range(100), "s": ["a", "b"] * 50})
    frame.to_csv(tmp_path / "t.csv", index=False)
    save_dataset("csv", tmp_path / "t.csv")
    save_dataset("frame", frame)
    assert [column.js for column in compare_datasets("csv", "frame").columns] == [0, 0]


def test_a_sketch_is_made_once(project: Project):
    """The second time the sketch is read, so the reference's bytes are not needed any more."""
    version = save_dataset("t", normal(500))
    first = reference_of(project, version)
    objects_of(project).local_path(version.digest).unlink()
    assert reference_of(project, version) == first
    assert len(remembered(project)) == 1
    with pytest.raises(StoreDamaged, match="bytes of t:1 are gone"):
        reference_of(project, version, ["n0"])


def test_thresholds_are_proposed_once(project: Project):
    """Chunks of about one size share what is remembered; a much smaller one gets wider thresholds of its own."""
    version = save_dataset("t", normal(2_000))
    sketch = reference_of(project, version)
    first = thresholds_of(project, version, sketch, 300)
    assert first == propose_thresholds(sketch, 256, table=table_of(project, version))
    objects_of(project).local_path(version.digest).unlink()
    assert thresholds_of(project, version, sketch, 350) == first
    with pytest.raises(StoreDamaged, match="bytes of t:1 are gone"):
        thresholds_of(project, version, sketch, 30)
    for place in remembered(project):
        place.write_bytes(b"[{")
    with pytest.raises(StoreDamaged, match="bytes of t:1 are gone"):
        thresholds_of(project, version, sketch, 300)


def test_same_columns_same_sketch(project: Project):
    """Other columns are another sketch, the same ones in another order are not; equal content has one label a name."""
    version = save_dataset("t", normal(50))
    assert reference_of(project, version, ["n0", "n1"]) == reference_of(project, version, ["n1", "n0"])
    assert len(remembered(project)) == 1
    other = save_dataset("same", normal(50))
    assert reference_of(project, other, ["n0", "n1"]).label == "same:1"
    assert len(remembered(project)) == 1


@pytest.mark.parametrize("damage", [b"", b"{", b'{"object": 3}', b'{"object": "../x"}', b"\xff\xfe", None])
def test_a_damaged_cache_is_no_loss(project: Project, damage: bytes | None):
    """Whatever a cache file holds, the sketch is made again."""
    version = save_dataset("t", normal(50))
    first = reference_of(project, version)
    (place,) = remembered(project)
    place.unlink() if damage is None else place.write_bytes(damage)
    assert reference_of(project, version) == first


def test_a_damaged_sketch_is_no_loss(project: Project):
    """A sketch whose stored bytes changed, or are no sketch, is made again."""
    version = save_dataset("t", normal(50))
    first = reference_of(project, version)
    (place,) = remembered(project)
    place.write_text(f'{{"object": "{objects_of(project).put_bytes(b"[1]").id}"}}')
    assert reference_of(project, version) == first
    place.write_text(f'{{"object": "{"0" * 64}"}}')
    assert reference_of(project, version) == first


def test_what_cannot_be_compared(project: Project, tmp_path: Path):
    """Folders, unknown versions and deleted bytes are errors that say which."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_text("a")
    save_dataset("folder", tmp_path / "files")
    save_dataset("t", normal(50))
    with pytest.raises(InvalidInput, match="folder:1 is a folder, not a table"):
        compare_datasets("t", "folder")
    with pytest.raises(NotFound, match="no dataset 't:7'"):
        compare_datasets("t:7", "t")
    objects_of(project).local_path(get_dataset("t").digest).unlink()
    with pytest.raises(StoreDamaged, match="bytes of t:1 are gone"):
        compare_datasets("t", "t")


def test_html_is_static_and_escaped(project: Project):
    """The HTML has no script, escapes every name, and stays below 200 KB for 60 columns."""
    hostile = "<script>alert(1)</script>"
    frame = pd.DataFrame({f"c{at}": normal(60)["n0"] + at for at in range(60)})
    frame[hostile] = [hostile] * 60
    save_dataset("t", frame)
    frame[hostile] = ["<b>new</b>"] * 60
    save_dataset("t", frame.drop(columns="c3"))
    html = compare_datasets("t:1", "t:2")._repr_html_()
    assert "<script" not in html
    assert "<b>new" not in html
    assert "&lt;script&gt;" in html
    assert "vanished columns" in html
    assert "and 46 more columns" in html
    assert len(html) < 200_000

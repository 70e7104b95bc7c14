"""Dataset versions: what is saved comes back, numbers are given once, and refs say what there is."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from benchbook.data import dataset_detail, dataset_rows, get_dataset, list_datasets, load_dataset, save_dataset
from benchbook.data.records import Column
from benchbook.errors import InvalidInput, NotAllowed, NotFound, StoreDamaged
from benchbook.models import set_alias
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.refs import Ref, parse_ref
from benchbook.tracking import start_run

pytestmark = pytest.mark.usefixtures("project")

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
FRAME = pd.DataFrame({"id": [1, 2, 3], "city": ["Ulm", None, "Köln"], "delay": [1.5, float("nan"), -2.0]})


def test_frame_comes_back():
    """A frame comes back equal, and its version tells shape, types, format and origin."""
    version = save_dataset("flights", FRAME, note="first <b>look</b>")
    assert_frame_equal(load_dataset("flights"), FRAME)
    assert (version.ref, version.format, version.rows, version.source.kind) == ("flights:1", "parquet", 3, "frame")
    assert version.columns == [Column("id", "BIGINT"), Column("city", "VARCHAR"), Column("delay", "DOUBLE")]
    assert version == get_dataset("flights:1") == get_dataset(f"#{version.digest[:10]}")


def test_identical_content_makes_no_version():
    """Saving the newest content again returns its version; going back to an older content is a new one."""
    assert [save_dataset("flights", FRAME).version for _ in range(3)] == [1, 1, 1]
    assert save_dataset("flights", FRAME.assign(id=0)).version == 2
    assert save_dataset("flights", FRAME).version == 3


@pytest.mark.parametrize(
    "frame",
    [
        FRAME[FRAME["id"] > 1],
        FRAME.set_index("city"),
        FRAME.set_index(["id", "city"]),
        FRAME.iloc[1:],
        FRAME.set_index(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])),
        FRAME.set_axis(pd.date_range("2013-01-01", periods=3, tz="Europe/Berlin"), axis=0),
        FRAME.astype({"city": "category", "id": "Int8"}),
        FRAME.head(0),
        pd.DataFrame({"A": [1], "a": [2], "": [3], 'x"; DROP TABLE t; --': [4], "<script>": [5]}),
        pd.DataFrame({"t": pd.to_timedelta([1, 2], "s"), "l": [[1], [2, 3]], "b": [b"\x00\xff", None]}),
    ],
)
def test_every_frame_comes_back(frame: pd.DataFrame):
    """Index, types and odd column names survive; an index that is data is a column of the version."""
    save_dataset("odd", frame)
    back = load_dataset("odd")
    assert_frame_equal(back, frame, check_freq=False)
    assert len(dataset_rows("odd").rows) == len(frame)


DIGEST = """
import pandas as pd
from benchbook.data import save_dataset
print(save_dataset("x", pd.DataFrame({"a": range(5)})).digest)
"""


def test_equal_frames_have_equal_bytes(tmp_path: Path):
    """Two processes that save equal frames agree on the digest, so identical content is recognised anywhere."""
    told = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True, cwd=tmp_path)
    table = pa.Table.from_pandas(pd.DataFrame({"a": range(5)}))
    assert told.stdout.strip() == save_dataset("y", pa.concat_tables([table.slice(0, 2), table.slice(2)])).digest


def test_csv_is_kept_as_bytes(tmp_path: Path, project: Project):
    """A CSV file is kept byte for byte, with types that fit every row, and comes back as a frame."""
    text = b"id;name\n1;a\n2;\n" + b"3;b\n" * 30_000 + b"x;c\n"
    (tmp_path / "in.csv").write_bytes(text)
    version = save_dataset("raw", "in.csv")
    assert (version.format, version.rows, version.source.path) == ("csv", 30_003, "in.csv")
    assert version.columns == [Column("id", "VARCHAR"), Column("name", "VARCHAR")]
    assert objects_of(project).get_bytes(version.digest) == text
    frame = load_dataset("raw")
    assert (len(frame), frame["id"].iloc[-1], int(frame["name"].isna().sum())) == (30_003, "x", 1)


def test_parquet_is_kept_as_bytes(tmp_path: Path, project: Project):
    """A Parquet file is kept byte for byte, whatever its name's ending."""
    FRAME.to_parquet(tmp_path / "part-0001")
    version = save_dataset("raw", tmp_path / "part-0001")
    assert (version.format, version.rows) == ("parquet", 3)
    assert objects_of(project).get_bytes(version.digest) == (tmp_path / "part-0001").read_bytes()
    assert_frame_equal(load_dataset("raw"), FRAME)


def test_folder_and_file_come_back_read_only(tmp_path: Path):
    """A folder or any file loads as the path of a read-only copy under its own name; a changed copy is put right."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"png")
    (tmp_path / "notes.pdf").write_bytes(b"pdf")
    assert save_dataset("images", tmp_path / "images").format == "folder"
    assert save_dataset("notes", tmp_path / "notes.pdf").format == "file"
    copy = load_dataset("notes")
    assert isinstance(copy, Path)
    assert (copy.name, copy.read_bytes(), copy.stat().st_mode & 0o222) == ("notes.pdf", b"pdf", 0)
    folder = load_dataset("images")
    assert isinstance(folder, Path)
    (folder / "a.png").chmod(0o644)
    (folder / "a.png").write_bytes(b"changed")
    (folder / "extra.png").write_bytes(b"extra")
    assert load_dataset("images") == folder
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("a.png", b"png")]


def test_changed_bytes_are_not_loaded(project: Project):
    """A stored table whose bytes changed is StoreDamaged, never other data."""
    version = save_dataset("flights", FRAME)
    path = objects_of(project).local_path(version.digest)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"Ulm", b"Bon"))
    with pytest.raises(StoreDamaged, match=r"^flights:1: .* have changed"):
        load_dataset("flights")


@pytest.mark.parametrize("kind", ["frame", "csv", "file", "folder"])
def test_lost_bytes_are_told_by_their_version(kind: str, project: Project, tmp_path: Path):
    """Whatever of a version is gone, the error names the version and the next step, in every call that reads it."""
    (tmp_path / "in").mkdir()
    for name in ("a.csv", "a.bin"):
        (tmp_path / "in" / name).write_text("x,y\n1,2\n")
    given = {"frame": FRAME, "csv": tmp_path / "in" / "a.csv", "file": tmp_path / "in" / "a.bin"}
    version = save_dataset("d", given.get(kind, tmp_path / "in"))
    objects = objects_of(project)
    lost = objects.manifest(version.digest)[0].id if kind == "folder" else version.digest
    objects.local_path(lost).unlink()
    reads = (load_dataset,) if kind in ("file", "folder") else (load_dataset, dataset_rows)
    for read in reads:
        with pytest.raises(StoreDamaged, match=f"^The bytes of d:1 are gone: object {lost[:12]}") as caught:
            read("d")
        assert "benchbook doctor" in caught.value.hint


def test_run_knows_what_it_used_and_made():
    """Inside a run, saving and loading are recorded, also when the content made no new version."""
    save_dataset("flights", FRAME)
    with start_run("prepare") as run:
        load_dataset("flights")
        save_dataset("flights", FRAME)
        made = save_dataset("features", FRAME.drop(columns="city"))
    assert made.source.run == run.id
    assert {use.role for use in dataset_detail("flights").uses} == {"used", "made"}
    assert [(use.role, use.run, use.run_name) for use in dataset_detail("features").uses] == [
        ("made", run.id, "prepare")
    ]


SAVE = """
import sys, pandas as pd
from benchbook.data import save_dataset
frame = pd.DataFrame({"who": [sys.argv[1]] * 1000})
print("ready", flush=True)
sys.stdin.readline()
print(save_dataset("shared", frame).version)
"""


def test_two_processes_save_one_name(tmp_path: Path):
    """Processes that save different content under one name at once get different, consecutive versions."""
    start = [sys.executable, "-c", SAVE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": tmp_path}
    processes = [subprocess.Popen([*start, str(at)], **pipes) for at in range(3)]  # type: ignore[call-overload]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert sorted(int(process.communicate()[0]) for process in processes) == [1, 2, 3]
    assert {load_dataset(f"shared:{n}")["who"].iloc[0] for n in (1, 2, 3)} == {"0", "1", "2"}


def test_same_content_from_many_threads():
    """Equal content saved from many threads at once is one version."""
    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(lambda _: save_dataset("flights", FRAME).version, range(4)))
    assert versions == [1, 1, 1, 1]


def test_unknown_refs_say_what_there_is():
    """A ref that does not exist tells near names, the versions or the aliases there are."""
    save_dataset("flights", FRAME)
    set_alias("flights", 1, "golden", noun="dataset")
    with pytest.raises(NotFound, match="Did you mean: flights"):
        load_dataset("flihgts")
    with pytest.raises(NotFound, match="flights has version 1 only"):
        load_dataset("flights:99")
    with pytest.raises(NotFound, match=r"Did you mean flights@golden.*golden \(version 1\)"):
        load_dataset("flights@goldn")
    with pytest.raises(NotFound, match="begins with 00000000"):
        load_dataset("#00000000")


def test_list_shows_the_newest_of_each():
    """The list holds one row per dataset: its newest version and how many there are, newest dataset first."""
    save_dataset("a", FRAME)
    save_dataset("b", FRAME)
    newest = save_dataset("a", FRAME.head(1))
    listed = list_datasets()
    assert [(one.name, one.latest.version, one.versions) for one in listed] == [("a", 2, 2), ("b", 1, 1)]
    assert listed[0].latest == newest


@pytest.mark.parametrize(
    "name",
    ["a/b", "..", "../x", "", "a b", 'a"b', "a'b", "😀", "x" * 300, "<script>", "-x", "a\0", "a:1", "C:\\x", None],
)
def test_names_that_cannot_be(name: object, project: Project):
    """Names with path parts, quotes, emoji, 300 characters or markup are refused before anything is stored."""
    with pytest.raises(InvalidInput, match="name"):
        save_dataset(name, FRAME)  # type: ignore[arg-type]
    assert not (project.folder / "objects").exists()


@given(name=NAMES, version=st.none() | st.integers(1, 999), alias=NAMES)
def test_refs_round_trip(name: str, version: int | None, alias: str):
    """A ref written as text is parsed as itself."""
    for ref in (Ref(name, version=version), Ref(name, alias=alias), Ref(digest="0123abcd")):
        assert parse_ref("dataset", str(ref)) == ref


def test_project_that_cannot_be_written(tmp_path: Path):
    """A project folder that cannot be made is a clear error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAllowed, match="cannot be written"):
        save_dataset("x", FRAME, project=Project(tmp_path / "file"))


def test_html_escapes_everything():
    """What a version shows in a notebook holds no markup from names, notes or types."""
    frame = pd.DataFrame({"<img src=x onerror=alert(1)>": [1]})
    html = save_dataset("flights", frame, note="<script>alert(1)</script>")._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html

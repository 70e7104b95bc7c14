"""What cannot become a dataset is refused with a text that names the column, the line or the file."""

from __future__ import annotations

import contextlib
import gzip
import os
import pickle
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchbook.data import dataset_detail, get_dataset, list_datasets, load_dataset, save_dataset
from benchbook.errors import BenchbookError, InvalidInput, NotAllowed, NotFound, StorageFull
from benchbook.project import Project, open_project

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"ok": [1, 2], "mixed": [1, "a"]}), r"Column 'mixed' holds int, str"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than one column named 'a'"),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])), "several levels"),
        (pd.DataFrame({"z": [1 + 2j]}), "Column 'z'"),
        (pd.DataFrame({"f": [len, print]}), "Column 'f'"),
        (pd.DataFrame(index=[1, 2]), "has no columns"),
        (pd.DataFrame({"index": [1]}, index=[7]), "would become a column 'index'"),
        (pd.Series([1, 2], name="s"), r"to_frame\('name'\)"),
        (pa.table([[1], [2]], names=["a", "a"]), "more than one column"),
        ({"a": [1]}, "dict cannot be saved"),
        (np.zeros((2, 2)), "ndarray cannot be saved"),
        (None, "NoneType cannot be saved"),
    ],
)
def test_tables_that_cannot_be_saved(frame: object, said: str):
    """A table that has no Parquet form is refused by the name of its column, and nothing is recorded."""
    with pytest.raises(InvalidInput, match=said):
        save_dataset("x", frame)
    assert list_datasets() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a,b\n1,2\n3,4,5\n6,7\n", "line 3 has 3 values where the header has 2"),
        (b"a,b,c\n1,2\n", "line 2 has 2 values where the header has 3"),
        (b"a,b\n" + b"1,2\n" * 50_000 + b"1\n", "line 50002 has 1 value"),
        ("a,b\n1,café\n".encode("latin1"), "not utf-8"),
        ("a,b\n1,2\n".encode("utf-16"), "utf-8"),
        (b"", "is empty"),
        (pickle.dumps({"a": [1] * 100}), "no readable CSV file"),
        (os.urandom(5_000), "no readable CSV file"),
        (gzip.compress(b"a,b\n1,2\n" * 1_000)[:-40], "no readable CSV file"),
    ],
    ids=["longer", "shorter", "late", "latin1", "utf16", "empty", "pickle", "random", "cut-gzip"],
)
def test_broken_csv(tmp_path: Path, text: bytes, said: str):
    """A broken CSV file is refused with the line where it breaks; the text names the file, not where we store it."""
    (tmp_path / "in.csv").write_bytes(text)
    with pytest.raises(InvalidInput, match=said) as caught:
        save_dataset("x", tmp_path / "in.csv")
    assert "in.csv" in str(caught.value)
    assert ".benchbook" not in str(caught.value)


def test_compressed_csv(tmp_path: Path):
    """A gzip-compressed CSV file is read as what it holds."""
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"a,b\n1,x\n"))
    assert save_dataset("x", tmp_path / "in.csv.gz").rows == 1
    assert load_dataset("x").to_dict("list") == {"a": [1], "b": ["x"]}


def test_csv_with_10_000_columns(tmp_path: Path):
    """A very wide file works; its profile says how many columns it leaves out."""
    header = ",".join(f"c{at}" for at in range(10_000))
    (tmp_path / "wide.csv").write_text(header + "\n" + ",".join(["1"] * 10_000) + "\n")
    assert len(save_dataset("wide", tmp_path / "wide.csv").columns) == 10_000
    profile = dataset_detail("wide").profile
    assert profile is not None
    assert (len(profile.columns), profile.left_out) == (500, 9_500)


@pytest.mark.parametrize("keep", [0, 3, 4, 500, -1, -9])
def test_cut_parquet(tmp_path: Path, keep: int):
    """A Parquet file that lost its end is refused at saving, however much is left."""
    path = tmp_path / "cut.parquet"
    pd.DataFrame({"a": range(1_000)}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InvalidInput, match=r"cut\.parquet"):
        save_dataset("x", path)


def test_parquet_with_broken_pages(tmp_path: Path):
    """A Parquet file whose pages are garbage is refused at saving, when its profile reads them."""
    path = tmp_path / "bad.parquet"
    pd.DataFrame({"a": range(100_000)}).to_parquet(path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[4:5_000] = b"\xff" * 4_996
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match="cannot be read"):
        save_dataset("x", path)
    assert list_datasets() == []


@pytest.mark.parametrize(
    ("name", "content"), [("a.parquet", b"a,b\n1,2\n"), ("a.parquet", b"\x80\x04."), ("a.csv", b"PAR1x")]
)
def test_name_that_lies(tmp_path: Path, name: str, content: bytes):
    """A file whose name says another format than its content is an error, never a guess."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match="whatever its name says"):
        save_dataset("x", tmp_path / name)


def test_pickle_is_only_bytes(tmp_path: Path):
    """A pickle saved as a file is kept and given back as bytes; nothing ever loads it."""
    marker = tmp_path / "marker"

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (marker,))

    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Evil()))
    assert save_dataset("x", tmp_path / "model.pkl").format == "file"
    assert isinstance(load_dataset("x"), Path)
    assert not marker.exists()


def test_links_out_of_a_folder(tmp_path: Path):
    """A folder with a link that leaves it is refused; nothing of what it points at is stored."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(NotAllowed, match="leaves its folder"):
        save_dataset("x", tmp_path / "data")


@pytest.mark.parametrize("path", ["s3://bucket/x.csv", "file:///etc/passwd", "https://example.org/x.csv", "", "a\0b"])
def test_what_is_no_path(path: str):
    """A URL or an impossible path is refused, not tried."""
    with pytest.raises(InvalidInput, match="path"):
        save_dataset("x", path)


def test_missing_file_names_neighbours(tmp_path: Path):
    """A path that is not there tells the near names in that folder."""
    (tmp_path / "flights.csv").write_text("a\n1\n")
    with pytest.raises(NotFound, match=r"Did you mean: .*flights\.csv"):
        save_dataset("x", tmp_path / "fligths.csv")


def test_empty_folder(tmp_path: Path):
    """A folder without a file is refused."""
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(InvalidInput, match="holds no file"):
        save_dataset("x", tmp_path / "empty")


def test_full_disk(tmp_path: Path):
    """On a full disk saving is StorageFull and earlier versions stay whole."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk], check=False).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        project: Project = open_project(disk)
        small = pd.DataFrame({"a": [1, 2]})
        save_dataset("x", small, project=project)
        with pytest.raises(StorageFull, match="No space"):
            save_dataset("x", pd.DataFrame({"a": np.random.default_rng(0).random(2_000_000)}), project=project)
        assert load_dataset("x", project=project).equals(small)
        assert get_dataset("x", project=project).version == 1
    finally:
        subprocess.run(["umount", disk], check=True)


def test_every_error_is_ours(tmp_path: Path):
    """Whatever bytes stand in a file of any ending, the answer is a version or one of our errors."""
    rng = np.random.default_rng(1)
    for at in range(30):
        path = tmp_path / f"f{at}{['.csv', '.parquet', '.bin'][at % 3]}"
        head = [b"", b"PAR1", b"a,b\n", b"\x1f\x8b", b'"'][at % 5]
        path.write_bytes(head + rng.bytes(int(rng.integers(0, 300))))
        with contextlib.suppress(BenchbookError):
            assert save_dataset("x", path).size == path.stat().st_size

"""Pages of rows lose nothing on their way to JSON; differences are told exactly."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.data import dataset_rows, diff_datasets, save_dataset
from benchbook.data.records import ColumnChange
from benchbook.data.values import json_value
from benchbook.errors import InvalidInput

pytestmark = pytest.mark.usefixtures("project")
FRAME = pd.DataFrame({"id": range(10), "v": np.arange(10) / 2, "s": list("abcdefghij")})


def test_pages_in_order():
    """Pages follow the file's order and tell the true total; a page beyond the end is empty."""
    save_dataset("t", pd.DataFrame({"a": range(2_500)}))
    page = dataset_rows("t", 2_490, 1_000)
    assert ([row[0] for row in page.rows], page.offset, page.total) == (list(range(2_490, 2_500)), 2_490, 2_500)
    assert dataset_rows("t", 10_000).rows == []


@pytest.mark.parametrize(
    ("offset", "limit"), [(-1, 10), (0, 1_001), (0, -1), (0.5, 1), ("0", 1), (True, 1), (2**70, 1)]
)
def test_ranges_that_cannot_be(offset: object, limit: object):
    """An offset or limit outside its range is refused."""
    save_dataset("t", FRAME)
    with pytest.raises(InvalidInput, match="page of rows"):
        dataset_rows("t", offset, limit)  # type: ignore[arg-type]


def test_cells_are_json():
    """Every type becomes a JSON value: times ISO text, decimals and big integers text, NaN text, bytes hex."""
    cells = {
        "f": pa.array([float("nan"), float("inf")]),
        "big": pa.array([2**53 + 1, 1]),
        "dec": pa.array([Decimal("1.50"), None]),
        "ns": pa.array([1, None], pa.timestamp("ns")),
        "tz": pa.array([0, None], pa.timestamp("us", tz="Europe/Berlin")),
        "old": pa.array([-(2**40), None], pa.timestamp("s")),
        "day": pa.array([dt.date(2013, 1, 1), None]),
        "bytes": pa.array([b"\x00\xff", b""]),
        "nest": pa.array([{"a": [1, None], "n": float("nan")}, None]),
        "tznest": pa.array([[dt.datetime(2013, 1, 1, tzinfo=dt.UTC)], None]),
    }
    save_dataset("t", pa.table(cells))
    first, second = dataset_rows("t").rows
    assert first[:5] == ["nan", str(2**53 + 1), "1.50", "1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00Z"]
    assert first[6:9] == ["2013-01-01", "00ff", {"a": [1, None], "n": "nan"}]
    assert second[:3] == ["inf", 1, None]
    msgspec.json.encode(first)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(), st.lists))
def test_any_value_is_json(value: object):
    """Whatever a cell holds, its JSON form can be written and read back unchanged."""
    safe = json_value(value)
    assert msgspec.json.decode(msgspec.json.encode(safe)) == safe


def test_files_have_no_rows(tmp_path: Path):
    """Asking rows of a plain file says that it is no table."""
    (tmp_path / "x.bin").write_bytes(b"x")
    save_dataset("x", tmp_path / "x.bin")
    with pytest.raises(InvalidInput, match="not a table"):
        dataset_rows("x")


def test_nothing_changed():
    """A version compared with itself, and with the same rows in another order, has no difference."""
    save_dataset("t", FRAME)
    save_dataset("t", FRAME.iloc[::-1].reset_index(drop=True))
    assert diff_datasets("t:1", "t:1").summary == "Nothing changed."
    assert diff_datasets("t:1", "t:2").summary == "Nothing changed."
    assert diff_datasets("t:1", "t:2", key="id").changed == 0


def test_rows_as_multisets():
    """Without a key, rows count as often as they occur."""
    save_dataset("t", pd.concat([FRAME, FRAME], ignore_index=True))
    save_dataset("t", FRAME.tail(9).reset_index(drop=True))
    diff = diff_datasets("t:1", "t:2")
    assert (diff.added, diff.removed, diff.changed) == (0, 11, None)
    assert diff.summary == "11 rows removed."


def test_rows_by_key():
    """With a key, changed cells are counted per column beside rows added and removed."""
    save_dataset("t", FRAME)
    after = FRAME.assign(v=FRAME["v"].where(FRAME["id"] > 2, -1.0), s=FRAME["s"].where(FRAME["id"] > 0, None)).iloc[:-1]
    save_dataset("t", pd.concat([after, pd.DataFrame({"id": [99], "v": [0.0], "s": ["z"]})], ignore_index=True))
    diff = diff_datasets("t:1", "t:2", key="id")
    assert (diff.added, diff.removed, diff.changed) == (1, 1, 3)
    assert diff.columns == [ColumnChange("v", "DOUBLE", "DOUBLE", 3), ColumnChange("s", "VARCHAR", "VARCHAR", 1)]
    assert diff.summary == "3 rows changed in v, s; 1 row added; 1 row removed."


def test_only_changed_rows():
    """When only cells changed, the sentence says that nothing was added or removed."""
    save_dataset("t", FRAME)
    save_dataset("t", FRAME.assign(v=0.0))
    assert diff_datasets("t:1", "t:2", key="id").summary == "9 rows changed in v; nothing added or removed."


def test_columns_added_removed_and_retyped():
    """Columns are compared by name; rows over those both have, numbers by value across types."""
    save_dataset("t", FRAME)
    save_dataset("t", FRAME.drop(columns="s").assign(id=FRAME["id"].astype(float), new=1))
    diff = diff_datasets("t:1", "t:2")
    assert diff.columns == [
        ColumnChange("id", "BIGINT", "DOUBLE"),
        ColumnChange("s", "VARCHAR", None),
        ColumnChange("new", None, "BIGINT"),
    ]
    assert (diff.added, diff.removed) == (0, 0)
    assert diff.summary == "1 column added (new); 1 column removed (s); 1 column of another type (id)."


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("nope", "no column of both"),
        ("s", "missing in 1 rows of t:2"),
        ("g", "not unique in t:1"),
        (["id", "id"], "twice"),
    ],
)
def test_keys_that_identify_nothing(key: str | list[str], said: str):
    """A key that is absent, has missing values or repeats is refused with the version where it does."""
    save_dataset("t", FRAME.assign(g=1))
    save_dataset("t", FRAME.assign(g=1, s=FRAME["s"].where(FRAME["id"] > 0, None)))
    with pytest.raises(InvalidInput, match=said):
        diff_datasets("t:1", "t:2", key=key)


def test_folders_by_file(tmp_path: Path):
    """Folders are compared file by file; a table and a folder cannot be compared."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a").write_text("1")
    (tmp_path / "d" / "b").write_text("1")
    save_dataset("f", tmp_path / "d")
    (tmp_path / "d" / "a").write_text("2")
    (tmp_path / "d" / "c").write_text("3")
    (tmp_path / "d" / "b").unlink()
    save_dataset("f", tmp_path / "d")
    assert diff_datasets("f:1", "f:2").summary == "1 file changed; 1 file added; 1 file removed."
    save_dataset("t", FRAME)
    with pytest.raises(InvalidInput, match="cannot be compared"):
        diff_datasets("t", "f")


def test_csv_and_frame_can_be_compared(tmp_path: Path):
    """A CSV version and a frame version of the same rows do not differ."""
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    save_dataset("t", tmp_path / "t.csv")
    save_dataset("t", FRAME)
    assert diff_datasets("t:1", "t:2").summary == "Nothing changed."

"""Folding: exactly once, in whatever slices and order, with damage counted and never in the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchbook.store import Query, Store, Stream, fold

Everything = Callable[[Store], dict[str, list[str]]]
Begin = Callable[..., Stream]


def lines_of_every_kind(stream: Stream) -> None:
    """Log something of each kind, with history and awkward keys."""
    for step in range(30):
        stream.append_metrics({"loss": 1 / (step + 1), "nan": float("nan"), '<b>"é✓': step}, step)
    for value in (1, {"a": [1, None]}, "text", 2.5):
        stream.append("param", "p", data=value)
    stream.append("tag", "t", data="one")
    stream.append("tag", "t", data="two")
    stream.append("artifact", "a/b.png", data={"digest": "ab", "size": 3, "media_type": "image/png"})
    stream.append("used", "dataset", data={"name": "d", "version": 1, "digest": "cd"})
    stream.append("used", "dataset", data={"name": "d", "version": 1, "digest": "cd"})
    stream.append("progress", value=1, data={"total": 3})
    stream.append("progress", value=2, data={"total": 3})
    stream.append("log", data="a line\twith \\ and 'quotes'")
    stream.append("note", data="first")
    stream.append("note", data="second")
    stream.append("name", data="renamed")


def test_line_kinds_arrive(store: Store, begin: Begin) -> None:
    """Each kind of line stands where it belongs: newest values on top, history kept."""
    lines_of_every_kind(begin())
    ask = store.read
    assert ask(Query("SELECT name, note, status FROM runs")) == [("renamed", "second", "running")]
    assert ask(Query("SELECT value FROM params WHERE newest")) == [("2.5",)]
    assert ask(Query("SELECT count(*) FROM params")) == [(4,)]
    assert ask(Query("SELECT value FROM tags")) == [("two",)]
    assert ask(Query("SELECT role, noun, name, version FROM links")) == [("used", "dataset", "d", 1)]
    assert ask(Query("SELECT done, total FROM progress")) == [(2, 3)]
    sql = "SELECT value, min, max, count, step FROM latest_metrics WHERE key = 'loss'"
    assert ask(Query(sql)) == [(1 / 30, 1 / 30, 1.0, 30, 29)]
    assert ask(Query("SELECT min, max, count FROM latest_metrics WHERE key = 'nan'")) == [(None, None, 30)]


def test_reading_twice_counts_once(store: Store, begin: Begin) -> None:
    """What was folded is not folded again, by this process or by another that reads the same files."""
    stream = begin()
    for index in range(50):
        stream.append("metric", "m", index, index)
        if index % 7 == 0:
            store.read(Query("SELECT 1"))
            Store(store.folder).read(Query("SELECT 1"))
    assert store.read(Query("SELECT count(*), sum(value) FROM metrics")) == [(50, 1225.0)]
    assert store.read(Query("SELECT count FROM latest_metrics")) == [(50,)]


@pytest.mark.parametrize("bulk", [1, 10, 1_000_000])
def test_slices_and_ways_agree(
    bulk: int, folder: Path, begin: Begin, monkeypatch: pytest.MonkeyPatch, everything: Everything
) -> None:
    """Spooled, listed, tiny or large slices: the store holds the same."""
    lines_of_every_kind(begin("one"))
    lines_of_every_kind(begin("two"))
    expected = everything(Store(folder))
    (folder / "store.duckdb").unlink()
    monkeypatch.setattr(fold, "BULK", bulk)
    monkeypatch.setattr(fold, "SLICE", 2_000)
    assert everything(Store(folder)) == expected


def test_torn_last_line_waits(store: Store, begin: Begin) -> None:
    """Half a line of a living writer is not read until it is whole."""
    stream = begin()
    with stream.path.open("ab") as file:
        file.write(b'{"r":"run1","e":"metric","t":5,"k":"m","v"')
        file.flush()
        assert store.read(Query("SELECT count(*) FROM metrics")) == [(0,)]
        file.write(b":3}\n")
    assert store.read(Query("SELECT value FROM metrics")) == [(3.0,)]


@pytest.mark.parametrize(
    "damage",
    [
        b"not json",
        b"[]",
        b'{"r":"run1"}',
        b'{"r":"run1","e":"metric","t":"x","k":"m","v":1}',
        b'{"r":"run1","e":"metric","t":1e300,"k":"m","v":1}',
        b'{"r":"run1","e":"metric","t":1,"k":"m"}',
        b'{"r":"run1","e":"metric","t":1,"k":"m","v":"text"}',
        b"\x00\xff\xfe",
        b"",
    ],
)
@pytest.mark.parametrize("bulk", [1, 1_000])
def test_bad_line_is_counted_and_skipped(
    damage: bytes, bulk: int, store: Store, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unreadable line stops nobody: it is counted, the lines around it stand."""
    monkeypatch.setattr(fold, "BULK", bulk)
    stream = begin()
    stream.append("metric", "m", 1.0, 0)
    with stream.path.open("ab") as file:
        file.write(damage + b"\n")
    stream.append("metric", "m", 2.0, 1)
    assert store.read(Query("SELECT value FROM metrics ORDER BY step")) == [(1.0,), (2.0,)]
    assert store.read(Query("SELECT bad FROM files")) == [(1,)]


def test_torn_tail_of_the_dead_is_bad(store: Store, begin: Begin) -> None:
    """A writer that died inside a line: the run is failed, the torn line counted."""
    stream = begin()
    stream.append("metric", "m", 1.0, 0)
    with stream.path.open("ab") as file:
        file.write(b'{"r":"run1","e":"met')
    stream.close()
    assert store.read(Query("SELECT status FROM runs")) == [("failed",)]
    assert store.read(Query("SELECT bad, state FROM files")) == [(1, "done")]
    assert [path.name for path in (store.folder / "streams" / "done").iterdir()] == ["run1.jsonl"]


def test_only_the_first_stream_ends_a_run(store: Store, folder: Path, begin: Begin) -> None:
    """A process that joined a run may end, or even say so, without ending the run."""
    stream = begin()
    joined = Stream.join(folder / "streams", "run1")
    joined.append("metric", "m", 1.0, 0)
    joined.append("end", data={"status": "failed", "failure": None})
    joined.close()
    assert store.read(Query("SELECT status FROM runs")) == [("running",)]
    stream.close({"status": "finished", "failure": None})
    assert store.read(Query("SELECT status FROM runs")) == [("finished",)]


def test_clocks_of_two_machines(store: Store, folder: Path, begin: Begin) -> None:
    """A run from a machine an hour ahead and one an hour behind both end no earlier than they began."""
    for run, shift in (("ahead", 3600), ("behind", -3600)):
        stream = begin(run)
        text = stream.path.read_text()
        stream.path.write_text(text.replace(str(json.loads(text)["t"]), str(time.time() + shift)))
        stream.close()
    rows = store.read(Query("SELECT id, status, ended >= started, ended >= updated FROM runs ORDER BY id"))
    assert rows == [("ahead", "failed", True, True), ("behind", "failed", True, True)]


def test_long_line_is_read_whole(store: Store, begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """A param far longer than a slice arrives as it is."""
    monkeypatch.setattr(fold, "SLICE", 1_000)
    begin().append("param", "long", data="x" * 300_000)
    assert store.read(Query("SELECT length(value) FROM params")) == [(300_002,)]


def test_unfinished_birth_is_no_stream(store: Store, folder: Path, begin: Begin) -> None:
    """A writer that died before its rename left a hidden file: it is no run and hinders none."""
    begin()
    (folder / "streams" / "active" / ".x.jsonl.tmp").write_bytes(b"{")
    assert store.read(Query("SELECT count(*) FROM runs")) == [(1,)]
    assert (folder / "streams" / "active" / ".x.jsonl.tmp").exists()

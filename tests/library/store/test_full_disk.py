"""A full disk, for real (a tmpfs of 4 MB): clear errors, nothing acknowledged lost, and work goes on after."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchbook.errors import StorageFull
from benchbook.store import Query, Store, Stream
from benchbook.store.ledger import Ledger

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 4 MB."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all the space that is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        endlessly(lambda _: file.write(b"x" * 4096), itertools.count())
    return filler


def endlessly(act: Callable[[int], object], counted: Iterator[int]) -> None:
    """Act again and again until it raises."""
    for number in counted:
        act(number)


def test_stream_keeps_what_was_acknowledged(small: Path) -> None:
    """Appending fails in words, the file ends with its last whole line, and logging goes on once there is space."""
    stream = Stream.start(small / ".benchbook" / "streams", "r", {"name": "r", "kind": "run"})
    filler = fill(small)
    numbers = itertools.count()
    with pytest.raises(StorageFull, match="No space is left"):
        endlessly(lambda number: stream.append("metric", "m", number, number), numbers)
    logged = next(numbers) - 1
    assert stream.path.read_bytes().endswith(b"\n")
    filler.unlink()
    stream.append("metric", "m", -1.0, logged)
    found = Store(small / ".benchbook").read(Query("SELECT count(*), min(value) FROM metrics"))
    stream.close()
    assert found == [(logged + 1, -1.0)]


def test_ledger_records_all_or_nothing(small: Path) -> None:
    """A fact that found no space is not there, and says so; the facts before it are."""
    store = Store(small / ".benchbook")
    filler_text = "x" * 2_000
    store.record("x", "dataset", "d", lambda _ask: {"note": filler_text})
    filler = fill(small)
    numbers = itertools.count(1)
    with pytest.raises(StorageFull, match="No space is left"):
        endlessly(lambda _: store.record("x", "dataset", "d", lambda _ask: {"note": filler_text}), numbers)
    recorded = next(numbers) - 1
    filler.unlink()
    assert len(list(Ledger(small / ".benchbook" / "ledger.jsonl").entries())) == recorded
    store.record("x", "dataset", "d", lambda _ask: {})
    assert store.read(Query("SELECT count(*) FROM facts")) == [(recorded + 1,)]


@pytest.mark.filterwarnings("ignore:.*without a checkpoint:RuntimeWarning")
@pytest.mark.parametrize("count", [4_000, 12_000])
def test_reading_answers_from_what_is_folded(count: int, small: Path) -> None:
    """With no byte free, what was folded before is still answered, with a warning; nothing is set aside."""
    folder = small / ".benchbook"
    stream = Stream.start(folder / "streams", "r", {"name": "r", "kind": "run"})
    for step in range(100):
        stream.append("metric", "m", step, step)
    store = Store(folder)
    assert store.read(Query("SELECT count(*) FROM metrics")) == [(100,)]
    for step in range(count):
        stream.append("metric", "m", step, step)
    filler = fill(small)
    with pytest.warns(RuntimeWarning, match="The disk is full"):
        assert store.read(Query("SELECT count(*) FROM metrics")) == [(100,)]
    filler.unlink()
    assert store.read(Query("SELECT count(*) FROM metrics")) == [(count + 100,)]
    stream.close()
    assert not list(folder.glob("*.broken"))

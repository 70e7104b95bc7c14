"""The ledger: facts follow from one another, and any changed byte is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchbook.errors import InvalidInput, StoreDamaged
from benchbook.store import Query, Store
from benchbook.store.ledger import Ledger


def record(store: Store, version: int, **data: object) -> None:
    """Record one small fact."""
    store.record("set_alias", "dataset", "d", lambda _ask: {"alias": "a", "version": version, **data})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_any_changed_byte_is_found(place: float, change: int, tmp_path: Path) -> None:
    """Whatever byte of the ledger is changed, and to whatever, reading the chain fails."""
    path = tmp_path / "ledger.jsonl"
    if not path.exists():
        for version in (1, 2, 3):
            record(Store(tmp_path), version)
        path.rename(tmp_path / "good.jsonl")
    content = bytearray((tmp_path / "good.jsonl").read_bytes())
    content[int(place * len(content))] ^= change
    path.write_bytes(content)
    whole = content.endswith(b"\n")  # a changed last newline makes the last line unfinished: it is not a fact then
    if whole:
        with pytest.raises(StoreDamaged, match=r"broken at line \d \(byte \d+\)"):
            list(Ledger(path).entries())
    else:
        assert len(list(Ledger(path).entries())) == 2


def test_removed_and_swapped_lines_are_found(store: Store) -> None:
    """A line taken out or two lines swapped break the chain."""
    for version in (1, 2, 3):
        record(store, version)
    path = store.folder / "ledger.jsonl"
    one, two, three = path.read_bytes().splitlines(keepends=True)
    for broken in (one + three, two + one + three, two + three):
        path.write_bytes(broken)
        with pytest.raises(StoreDamaged, match="does not follow"):
            list(Ledger(path).entries())


def test_torn_tail_is_replaced(store: Store) -> None:
    """A recorder that died inside its line told nobody: the next fact takes its place."""
    record(store, 1)
    with (store.folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"hash":"00')
    record(store, 2)
    assert [entry.fact.seq for entry in Ledger(store.folder / "ledger.jsonl").entries()] == [1, 2]


def test_whole_line_is_never_cut(store: Store, folder: Path) -> None:
    """Appending at an offset that has facts behind it is refused: they are true."""
    for version in (1, 2):
        record(store, version)
    ledger = Ledger(folder / "ledger.jsonl")
    first, _second = ledger.entries()
    size = ledger.size()
    with pytest.raises(StoreDamaged, match="not folded"):
        ledger.append(first.fact, first.end)
    assert ledger.size() == size


def test_refusing_and_raising_record_nothing(store: Store) -> None:
    """A decision that declines or raises, or data that JSON cannot hold, leaves no fact."""
    assert store.record("x", "dataset", "d", lambda _ask: None) is None
    with pytest.raises(ZeroDivisionError):
        store.record("x", "dataset", "d", lambda _ask: {"v": 1 // 0})
    with pytest.raises(InvalidInput, match="cannot be recorded"):
        store.record("x", "dataset", "d", lambda _ask: {"v": object()})
    assert Ledger(store.folder / "ledger.jsonl").size() == 0


def test_broken_ledger_stops_reading_new_facts(store: Store) -> None:
    """A broken line is not skipped: what stands behind it cannot be trusted, so asking says where it is."""
    record(store, 1)
    record(store, 2)
    path = store.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"version":2', b'"version":9'))
    (store.folder / "store.duckdb").unlink()
    with pytest.raises(StoreDamaged, match="line 2"):
        store.read(Query("SELECT * FROM facts"))

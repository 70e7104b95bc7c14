"""Several facts in one locked step, and what promotions and rollbacks do to aliases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchbook.store import NewFact, Query, Store
from benchbook.store.queries.versions import alias_history

Everything = Callable[[Store], dict[str, list[str]]]


def move(action: str, version: int, **data: object) -> NewFact:
    """A fact that points the champion of "delay" at ``version``."""
    return NewFact(action, "model", "delay", {"alias": "champion", "version": version, **data})


def test_several_facts_are_one_step(store: Store) -> None:
    """They follow each other in the chain; deciding on none records none."""
    recorded = store.record_facts(lambda _ask: [move("approve", 2), move("promote", 2)])
    assert [(fact.seq, fact.action) for fact in recorded] == [(1, "approve"), (2, "promote")]
    assert recorded[1].prev != ""
    assert store.record_facts(lambda _ask: []) == []
    assert store.read(Query("SELECT count(*) FROM facts")) == [(2,)]


def test_an_error_while_deciding_records_nothing(store: Store) -> None:
    """What was decided before the error is not written."""

    def decide(_ask: object) -> list[NewFact]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.record_facts(decide)
    assert store.read(Query("SELECT count(*) FROM facts")) == [(0,)]


def test_aliases_follow_every_kind_of_move(store: Store, everything: Everything) -> None:
    """Setting, promoting and rolling back move an alias alike; history tells which it was; a rebuild agrees."""
    moves = [move("set_alias", 1), move("promote", 2, reason="asked", forced=True), move("rollback", 1)]
    store.record_facts(lambda _ask: moves)
    assert store.read(Query("SELECT alias, version FROM aliases")) == [("champion", 1)]
    history = store.read(alias_history("model", "delay"))
    assert [(row[1], *row[4:]) for row in history] == [
        (1, "rollback", "", False),
        (2, "promote", "asked", True),
        (1, "set_alias", "", False),
    ]
    before = everything(store)
    (store.folder / "store.duckdb").unlink()
    assert everything(Store(store.folder)) == before


def test_a_copy_of_the_facts_is_a_ledger_of_its_own(store: Store, tmp_path: Path) -> None:
    """Whole lines only; what is recorded in the copy never comes back."""
    store.record_facts(lambda _ask: [move("approve", 2), move("promote", 2)])
    with (store.folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"hash":"torn')
    (tmp_path / "copy").mkdir()
    store.copy_facts(tmp_path / "copy")
    copy = Store(tmp_path / "copy", actor="me")
    assert copy.read(Query("SELECT action FROM facts ORDER BY seq")) == [("approve",), ("promote",)]
    copy.record("reject", "model", "delay", lambda _ask: {"alias": "champion", "version": 3})
    assert store.read(Query("SELECT count(*) FROM facts")) == [(2,)]
    assert copy.read(Query("SELECT count(*) FROM facts")) == [(3,)]


def test_nothing_recorded_copies_to_nothing(tmp_path: Path) -> None:
    """A project in which nothing was ever recorded has no lock and no ledger, and none is made there."""
    (tmp_path / "copy").mkdir()
    Store(tmp_path / "none").copy_facts(tmp_path / "copy")
    assert not (tmp_path / "none").exists()
    assert (tmp_path / "copy" / "ledger.jsonl").read_bytes() == b""

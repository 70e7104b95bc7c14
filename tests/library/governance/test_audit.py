"""The audit log: every fact in plain words, and a proof that finds any line that was changed, removed or put in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchbook.errors import InvalidInput, NotAllowed
from benchbook.governance import export_audit, list_audit, verify_audit
from benchbook.governance.audit import parse_since
from benchbook.project import Project
from benchbook.store import NewFact
from benchbook.store.ledger import Ledger

FACTS = [
    NewFact("save", "dataset", "flights", {"version": 1, "digest": "d", "format": "csv", "size": 1, "rows": 1234}),
    NewFact("register", "model", "delay", {"version": 2, "estimator": "sklearn.svm.SVC", "run": "r1"}),
    NewFact("set_alias", "model", "delay", {"alias": "challenger", "version": 2}),
    NewFact("evaluate", "gate", "release", {"sentence": "delay:2 passed.", "checks": [], "evidence": []}),
    NewFact("request", "model", "delay", {"alias": "champion", "version": 2, "approvers": [], "reason": "May"}),
    NewFact("approve", "model", "delay", {"alias": "champion", "of": 2, "reason": "fine"}),
    NewFact("promote", "model", "delay", {"alias": "champion", "version": 2, "forced": True, "reason": "now"}),
    NewFact("rollback", "model", "delay", {"alias": "champion", "version": 1, "previous": 2, "reason": ""}),
    NewFact("invented", "thing", "x", {}),
]
WORDS = [
    "invented thing x",
    "rolled delay@champion back from version 2 to version 1",
    "FORCED delay:2 to champion: now",
    "approved that delay:2 becomes champion: fine",
    "asked for approval that delay:2 becomes champion: May",
    "asked gate release: delay:2 passed.",
    "pointed delay@challenger at version 2",
    "registered delay:2 (SVC) from run r1",
    "saved flights:1 (1,234 rows)",
]


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with a fact of each kind."""
    project.store.record_facts(lambda _ask: FACTS)
    return project


def tampered(project: Project, old: bytes, new: bytes) -> None:
    """Change the ledger behind everybody's back."""
    path = project.folder / "ledger.jsonl"
    assert old in path.read_bytes()
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def test_every_fact_is_told_in_plain_words(filled: Project) -> None:
    """Newest first, forced ones marked, and a kind nobody knows yet is still listed."""
    entries = list_audit()
    assert [entry.sentence for entry in entries] == WORDS
    assert [entry.seq for entry in entries if entry.forced] == [7]
    assert {entry.actor for entry in entries} == {filled.store.actor}


def test_conditions_narrow_the_list(filled: Project) -> None:
    """By kind, name, age and number."""
    assert len(list_audit(noun="model")) == 6
    assert [entry.seq for entry in list_audit(noun="gate", name="release")] == [4]
    assert list_audit(name="nobody") == []
    assert len(list_audit(since="1h")) == 9
    assert list_audit(since="2999-01-01") == []
    assert [entry.seq for entry in list_audit(limit=2)] == [9, 8]
    with pytest.raises(InvalidInput, match="limit=0"):
        list_audit(limit=0)


def test_a_sound_chain_is_proven(filled: Project) -> None:
    """Every line counts; a torn last line is no fact and no damage; nothing recorded is sound too."""
    assert verify_audit() == verify_audit()
    assert (verify_audit().ok, verify_audit().facts, verify_audit().line) == (True, 9, None)
    with (filled.folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"hash"')
    assert verify_audit().ok
    assert "7 bytes are an unfinished line" in verify_audit().message


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b'"rows":1234', b'"rows":1235', 1),
        (b'"forced":true', b'"forced":false', 7),
        (b'"reason":"fine"', b'"reason":"fake"', 6),
        (b'"hash":"', b'"hash":"0', 1),
    ],
)
def test_a_changed_line_is_named(filled: Project, old: bytes, new: bytes, line: int) -> None:
    """Whatever is changed, the first bad line is told with what to do."""
    tampered(filled, old, new)
    found = verify_audit()
    assert (found.ok, found.line, found.facts) == (False, line, line - 1)
    assert f"broken at line {line}" in found.message
    assert "backup" in found.hint


def test_a_removed_line_is_named(filled: Project) -> None:
    """Without line 3 the next one does not follow."""
    path = filled.folder / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2] + lines[3:]))
    assert verify_audit().line == 3


def test_an_export_is_the_chain_itself(filled: Project, tmp_path: Path) -> None:
    """Without conditions it can be verified elsewhere, byte for byte; with them it holds the matching lines."""
    assert export_audit(tmp_path / "all.jsonl") == 9
    assert (tmp_path / "all.jsonl").read_bytes() == (filled.folder / "ledger.jsonl").read_bytes()
    assert len(list(Ledger(tmp_path / "all.jsonl").entries())) == 9
    assert export_audit(tmp_path / "some.jsonl", noun="gate") == 1
    assert json.loads((tmp_path / "some.jsonl").read_text())["fact"]["name"] == "release"
    with pytest.raises(NotAllowed, match="cannot be written"):
        export_audit(tmp_path / "no" / "folder.jsonl")


def test_times_are_dates_or_ages() -> None:
    """What is neither is refused with examples."""
    assert parse_since(None) == 0.0
    assert parse_since("2013-05-01T00:00:00+00:00") == 1367366400.0
    assert parse_since("2h") == pytest.approx(parse_since("120min"), abs=5)
    for text in ("yesterday", "7", "7 y", ""):
        with pytest.raises(InvalidInput, match="is no time"):
            parse_since(text)


def test_an_empty_project_has_an_empty_log(project: Project) -> None:
    """Asking makes no folder."""
    assert list_audit() == []
    assert verify_audit().facts == 0
    assert not project.folder.exists()

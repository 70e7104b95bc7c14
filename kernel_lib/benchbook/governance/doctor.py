"""The check-up: verifies what cannot be rebuilt (ledger, streams, objects) and says what to do about each finding.

It reads the files themselves, not the store folded from them, and changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from benchbook.errors import BenchbookError, NotFound, StoreDamaged
from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.store.ledger import Ledger
from benchbook.store.lines import decode
from benchbook.store.queries import doctor as q


class Finding(msgspec.Struct, frozen=True):
    """One thing checked: ``level`` "ok", "warning" or "error", what was seen and what to do next."""

    level: Literal["ok", "warning", "error"]
    area: Literal["project", "ledger", "streams", "store", "objects"]
    message: str
    hint: str = ""


def examine(project: Project, *, objects: bool = True) -> list[Finding]:
    """Check the whole project; with ``objects=False`` stored bytes are not read again.

    Nothing raises for a broken project: what is broken is a finding.
    """
    if not project.folder.is_dir():
        return [Finding("warning", "project", f"Nothing was recorded in {project.root} yet.", "Run something first.")]
    findings = [*_ledger(project), *_streams(project), *_store(project)]
    if objects:
        findings += _objects(project)
    return findings


def _ledger(project: Project) -> Iterator[Finding]:
    ledger = Ledger(project.folder / "ledger.jsonl")
    count, end = 0, 0
    try:
        for entry in ledger.entries():
            count, end = entry.fact.seq, entry.end
    except StoreDamaged as error:
        yield Finding("error", "ledger", error.what, error.hint)
        return
    torn = ledger.size() - end
    if torn:
        yield Finding("warning", "ledger", f"The last {torn} bytes are an unfinished line; the next fact replaces it.")
    yield Finding("ok", "ledger", f"{count} facts; every line follows from the one before.")


def _streams(project: Project) -> Iterator[Finding]:
    streams = project.folder / "streams"
    total, bad = 0, 0
    for place in ("active", "done"):
        folder = streams / place
        for entry in sorted(os.scandir(folder), key=lambda e: e.name) if folder.is_dir() else []:
            if entry.name.startswith("."):
                yield Finding("warning", "streams", f"{entry.name} was never begun.", "It holds nothing: delete it.")
                continue
            total += 1
            broken = _bad_lines(Path(entry.path))
            bad += broken
            if broken:
                yield Finding("warning", "streams", f"{entry.name}: {broken} unreadable lines; the others count.")
    if not bad:
        yield Finding("ok", "streams", f"{total} streams, every line readable.")


def _bad_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.endswith(b"\n") and decode(line) is None)


def _store(project: Project) -> Iterator[Finding]:
    try:
        folded = project.store.read(q.files())
        facts = project.store.read(q.fact_count())[0][0]
    except BenchbookError as error:
        yield Finding("error", "store", error.what, error.hint)
        return
    known: dict[str, int] = dict(folded)
    done = project.folder / "streams" / "done"
    for path in sorted(done.iterdir()) if done.is_dir() else []:
        size = path.stat().st_size
        if known.get(path.name) != size:
            yield Finding(
                "error",
                "store",
                f"{path.name} has {size} bytes, of which the store holds {known.get(path.name, 0)}.",
                "Delete .benchbook/store.duckdb: it is rebuilt from ledger and streams.",
            )
            return
    yield Finding("ok", "store", f"The store holds all {len(known)} files and {facts} facts.")


def _objects(project: Project) -> Iterator[Finding]:
    store = objects_of(project)
    checked = 0
    for digest, what in project.store.read(q.digests()):
        checked += 1
        try:
            broken = "" if store.verify(digest) else "were changed"
        except NotFound:
            broken = "are gone"
        if broken:
            message = f"The bytes of {what} (#{digest[:12]}) {broken}."
            yield Finding("error", "objects", message, "Put the object back from a backup.")
    yield Finding("ok", "objects", f"{checked} objects were read and compared with their ids.")

"""The check-up: verifies what cannot be rebuilt (ledger, streams, objects) and says what to do about each finding.

It reads the files themselves, not the store folded from them, and changes none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from benchbook.errors import BenchbookError, NotFound, StoreDamaged
from benchbook.objects import ObjectStore, objects_of
from benchbook.project import Project
from benchbook.store.ledger import Ledger
from benchbook.store.lines import decode
from benchbook.store.queries import doctor as q
from benchbook.store.sums import read_sums, sum_of

Area = Literal["project", "ledger", "streams", "store", "objects"]
_PLACES = ("active", "done")


class Finding(msgspec.Struct, frozen=True):
    """One thing checked: ``level`` "ok", "warning" or "error", what was seen and what to do next."""

    level: Literal["ok", "warning", "error"]
    area: Area
    message: str
    hint: str = ""


Part: TypeAlias = Callable[[Project], Iterator[Finding]]


def examine(project: Project, *, objects: bool = True) -> list[Finding]:
    """Check the whole project; with ``objects=False`` stored bytes are not read again.

    Nothing raises for a broken project: what is broken is a finding.
    """
    if not project.folder.is_dir():
        return [Finding("warning", "project", f"Nothing was recorded in {project.root} yet.", "Run something first.")]
    parts: dict[Area, Part] = {"ledger": _ledger, "streams": _streams, "store": _store}
    if objects:
        parts["objects"] = _objects
    return [finding for area, part in parts.items() for finding in _guarded(area, part, project)]


def _guarded(area: Area, part: Part, project: Project) -> Iterator[Finding]:
    """What ``part`` finds; what stops it is a finding too, and the parts behind it are still checked."""
    try:
        yield from part(project)
    except BenchbookError as error:
        yield Finding("error", area, error.what, error.hint)
    except OSError as error:
        message = f"{error.filename} cannot be read: {error.strerror}."
        yield Finding("error", area, message, "Put it back from a backup, or ask its owner for the right to read it.")


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
    sums = read_sums(streams)
    total, well, unknown = 0, True, 0
    for path in _stream_files(streams):
        total += 1
        for finding in _stream(path, sums):
            well = False
            yield finding
        unknown += path.parent.name == "done" and path.name not in sums
    for name in sorted(name for name in sums if not any((streams / place / name).exists() for place in _PLACES)):
        well = False
        yield Finding(
            "error", "streams", f"{name} is gone.", "Put it back from a backup: what its run logged is in it."
        )
    if unknown:
        well = False
        message = f"{unknown} finished streams have no readable checksum in done.sums: no change in them can be found."
        yield Finding("warning", "streams", message, "It was cut or changed: put it back from a backup.")
    if well:
        yield Finding("ok", "streams", f"{total} streams, every line readable; the finished ones are unchanged.")


def _stream_files(streams: Path) -> Iterator[Path]:
    for place in _PLACES:
        folder = streams / place
        yield from sorted(folder.iterdir()) if folder.is_dir() else ()


def _stream(path: Path, sums: dict[str, set[str]]) -> Iterator[Finding]:
    if path.name.startswith("."):
        yield Finding("warning", "streams", f"{path.name} was never begun.", "It holds nothing: delete it.")
        return
    broken = _bad_lines(path)
    if broken:
        yield Finding("warning", "streams", f"{path.name}: {broken} unreadable lines; the others count.")
    if path.parent.name == "done" and path.name in sums and sums[path.name] != {sum_of(path)}:
        hint = "Put it back from a backup, and delete .benchbook/store.duckdb: it is rebuilt from ledger and streams."
        yield Finding("error", "streams", f"{path.name} was changed after its run had ended.", hint)


def _bad_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for line in file if line.endswith(b"\n") and decode(line) is None)


def _store(project: Project) -> Iterator[Finding]:
    known: dict[str, int] = dict(project.store.read(q.files()))
    facts = project.store.read(q.fact_count())[0][0]
    aside = project.store.path.with_name("store.duckdb.broken")
    if aside.exists():
        message = f"{aside.name} is a store that was set aside: broken, or it held more than ledger and streams do now."
        hint = "If facts or runs are missing, put ledger and streams back from a backup; then delete it."
        yield Finding("warning", "store", message, hint)
    streams = project.folder / "streams"
    gone = sorted(name for name in known if not any((streams / place / name).exists() for place in _PLACES))
    if gone:
        message = f"{len(gone)} streams that the store holds are gone, {gone[0]} among them."
        yield Finding("error", "store", message, "Put them back from a backup: the store is rebuilt from them.")
    done = streams / "done"
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
    """Every object here is read, whether or not something points at it; and all that is pointed at must be here."""
    store = objects_of(project)
    try:
        named = _named(store, project.store.read(q.digests()))
    except BenchbookError as error:
        named = {}
        yield Finding("warning", "objects", f"Whose the stored bytes are cannot be told: {error.what}", error.hint)
    held = set(store.ids())
    for digest in sorted(held | set(named), key=lambda digest: (named.get(digest, ""), digest)):
        broken = _broken(store, digest)
        if broken:
            message = f"The bytes of {named.get(digest, 'something no longer named')} (#{digest[:12]}) {broken}."
            yield Finding("error", "objects", message, "Put the object back from a backup.")
    yield Finding("ok", "objects", f"{len(held)} objects were read and compared with their ids.")


def _broken(store: ObjectStore, digest: str) -> str:
    try:
        return "" if store.verify(digest) else "were changed"
    except NotFound:
        return "are gone"
    except (BenchbookError, OSError) as error:
        return f"cannot be read ({error})"


def _named(store: ObjectStore, rows: list[tuple[str, str, bool]]) -> dict[str, str]:
    """What each content id is, the files of folders included."""
    named = {digest: what for digest, what, _ in rows}
    for digest, what, is_folder in rows:
        if is_folder:
            with suppress(NotFound, StoreDamaged):  # then the manifest itself is found gone or changed
                for entry in store.manifest(digest):
                    named.setdefault(entry.id, f"{entry.path} of {what}")
    return named

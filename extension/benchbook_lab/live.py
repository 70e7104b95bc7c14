"""Tells browsers that something changed, over Jupyter's own event stream. Asking `stat` every 250 ms is the truth;
inotify, where it exists, only shortens the wait.

Both live in daemon threads: as an asyncio task, watchfiles keeps the server from ending. An event is a hint to go and
ask; it carries nothing that matters, and at most about ten a second are sent, because sending blocks the event loop.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from benchbook.errors import BenchbookError
from benchbook_lab.place import Place, revision_of
from benchbook_lab.records import Changed, ChangedNoun

if TYPE_CHECKING:
    from benchbook.project import Project

CHANGED_EVENT = "https://benchbook.dev/events/changed"
SCHEMA: dict[str, Any] = {
    "$id": CHANGED_EVENT,
    "version": "1",
    "title": "Something in the Benchbook project changed",
    "description": "A hint to go and ask; an empty id means several of that noun, or all.",
    "type": "object",
    "properties": {
        "noun": {"type": "string", "enum": list(get_args(ChangedNoun))},
        "id": {"type": "string"},
        "revision": {"type": "string"},
    },
    "required": ["noun", "id", "revision"],
    "additionalProperties": False,
}
POLL = 0.25
"""Seconds between two looks: at the project, or for one, since the first run makes it and is to be seen at once."""
SPACING = 0.1
"""Seconds of silence after each event."""
_NOUNS: dict[str, ChangedNoun] = {"dataset": "dataset", "model": "model", "gate": "gate", "monitor": "monitor"}
_OUTCOMES = "outcomes"
_STREAM = re.compile(r"(.+?)(-\d+-[0-9a-f]{6})?\.jsonl")

log = logging.getLogger(__name__)


class FactHead(msgspec.Struct):
    """What a look at the ledger needs of a fact."""

    noun: str = ""
    name: str = ""


class LedgerLine(msgspec.Struct):
    """A line of the ledger."""

    fact: FactHead


class Look:
    """What one look at a project's files saw; two looks tell what changed between them, without opening the store."""

    def __init__(self, project: Project) -> None:
        self.root = project.root
        self.revision = revision_of(project)
        self.config = self.revision.rpartition("-")[2]
        self.ledger = project.folder / "ledger.jsonl"
        self.facts = _size(self.ledger)
        self.active = project.folder / "streams" / "active"
        self.streams = {path.name: _size(path) for path in self.active.glob("[!.]*.jsonl")}

    def changes_since(self, before: Look | None) -> Iterator[tuple[ChangedNoun, str]]:
        """Each changed thing, some perhaps twice."""
        if before is None or before.root != self.root or self.config != before.config:
            yield "project", ""
        if before is None or before.revision == self.revision:
            return
        changed = {name for name, _ in self.streams.items() ^ before.streams.items()}
        yield from (_told(match[1]) for match in map(_STREAM.fullmatch, changed) if match)
        facts = list(self._facts_after(before.facts))
        yield from ((_NOUNS.get(fact.noun, "project"), fact.name) for fact in facts)
        if not changed and not facts and self.config == before.config:
            yield "run", ""  # a writer died, or a file was cut

    def _facts_after(self, offset: int) -> Iterator[FactHead]:
        if self.facts <= offset:
            return
        with self.ledger.open("rb") as file:
            file.seek(offset)
            for line in file.read(self.facts - offset).splitlines():
                try:
                    yield msgspec.json.decode(line, type=LedgerLine).fact
                except msgspec.DecodeError:
                    yield FactHead()  # being written right now, or damaged: something changed, that is all


class Watcher:
    """Looks at the project of ``place`` and calls ``emit`` (in its own thread) with what changed."""

    def __init__(self, place: Place, emit: Callable[[Changed], None]) -> None:
        self._place = place
        self._emit = emit
        self._last: Look | None = None
        self._begun = False
        self._wake = Event()
        self._end = Event()
        self._hurry = Hurry(self._wake)

    def start(self) -> None:
        """Begin to watch, at a browser's first question: before it nobody listens. Beginning again does nothing."""
        if self._begun:
            return
        self._begun = True
        Thread(target=self._watch, name="benchbook-watch", daemon=True).start()

    def stop(self) -> None:
        """End both threads within half a second; they are daemons, so nobody has to wait for that."""
        self._end.set()
        self._hurry.stop()
        self._wake.set()

    def _watch(self) -> None:
        while not self._end.is_set():
            for change in self._changes():
                self._emit(change)
                self._end.wait(SPACING)
            self._wake.wait(POLL)
            self._wake.clear()

    def _changes(self) -> list[Changed]:
        """What changed since the last look, one event a noun."""
        before = self._last
        try:
            project = self._place.project()
            self._last = None if project is None else Look(project)
        except (BenchbookError, OSError) as error:
            log.debug("The project could not be looked at: %s", error)
            return []
        if self._last is None:
            return [] if before is None else [Changed("project", "", "")]
        self._hurry.follow([self._last.ledger.parent, self._last.active])
        ids: dict[ChangedNoun, set[str]] = {}
        for noun, name in self._last.changes_since(before):
            ids.setdefault(noun, set()).add(name)
        revision = self._last.revision
        return [Changed(noun, names.pop() if len(names) == 1 else "", revision) for noun, names in ids.items()]


class Hurry:
    """Sets ``wake`` when a ledger or stream is written. Where inotify does not work, the watcher's own pace must do."""

    def __init__(self, wake: Event) -> None:
        self._wake = wake
        self._end = Event()
        self._followed: dict[Path, int] = {}

    def follow(self, folders: list[Path]) -> None:
        """Watch these folders, those that are there; ask again whenever they may have been made anew."""
        present = {folder: folder.stat().st_ino for folder in folders if folder.is_dir()}
        if present != self._followed:
            self.stop()
            self._followed, self._end = present, Event()
            Thread(target=self._watch, args=(list(present), self._end), name="benchbook-hurry", daemon=True).start()

    def stop(self) -> None:
        """End the thread within half a second."""
        self._end.set()

    def _watch(self, folders: list[Path], end: Event) -> None:
        import watchfiles

        def is_line(_: watchfiles.Change, path: str) -> bool:
            return path.endswith(".jsonl")

        try:
            for changes in watchfiles.watch(
                *folders,
                watch_filter=is_line,
                recursive=False,
                debounce=50,
                step=10,
                rust_timeout=500,
                yield_on_timeout=True,
                raise_interrupt=False,
                stop_event=end,
            ):
                if changes:
                    self._wake.set()
        except (OSError, RuntimeError) as error:
            log.debug("No file notification here: %s", error)


def _told(stream: str) -> tuple[ChangedNoun, str]:
    """Whose lines a stream holds: a run's, or outcomes, which are of models and say only inside of which."""
    return ("model", "") if stream == _OUTCOMES else ("run", stream)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

"""The ledger: facts as lines of one append-only file, each with the hash of the line before. It is the audit log.

A fact is true once its line is fsynced; from then on nothing may raise. A changed byte anywhere breaks the chain.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchbook.errors import InvalidInput, StoreDamaged
from benchbook.store.lock import unwritable


class Fact(msgspec.Struct, frozen=True):
    """One recorded fact. ``seq`` counts from 1; ``time`` is seconds since the epoch by the recorder's clock."""

    prev: str
    seq: int
    id: str
    time: float
    actor: str
    action: str
    noun: str
    name: str
    data: dict[str, Any]


class _Entry(msgspec.Struct, frozen=True):
    hash: str
    fact: msgspec.Raw


class Entry(msgspec.Struct, frozen=True):
    """A fact, its own hash, and the byte offset at which its line ends."""

    fact: Fact
    hash: str
    end: int


_entries = msgspec.json.Decoder(_Entry)
_facts = msgspec.json.Decoder(Fact)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _parse(line: bytes, prev: str, seq: int, end: int) -> Entry:
    try:
        entry = _entries.decode(line)
        fact = _facts.decode(entry.fact)
    except (msgspec.MsgspecError, ValueError) as error:
        raise _broken(seq, end - len(line) - 1, f"the line is not readable ({error})") from error
    if _digest(bytes(entry.fact)) != entry.hash:
        raise _broken(seq, end - len(line) - 1, "the line was changed after it was written")
    if fact.prev != prev or fact.seq != seq:
        raise _broken(seq, end - len(line) - 1, "it does not follow from the line before")
    return Entry(fact, entry.hash, end)


def _broken(seq: int, offset: int, why: str) -> StoreDamaged:
    return StoreDamaged(
        f"The ledger is broken at line {seq} (byte {offset}): {why}.",
        hint="Put ledger.jsonl back from a backup or from version control; `benchbook doctor` checks it.",
    )


class Ledger:
    """The file ``ledger.jsonl``. Callers hold the project lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self, offset: int = 0, prev: str = "", seq: int = 0) -> Iterator[Entry]:
        """Complete lines from ``offset`` on, checked against the hash and number of the line before.

        A torn last line (its writer died; nobody was told of it) is left out.

        Raises:
            StoreDamaged: at the first line that is unreadable, changed or out of order.
        """
        try:
            with open(self.path, "rb") as file:
                file.seek(offset)
                text = file.read()
        except FileNotFoundError:
            return
        for line in text.split(b"\n")[:-1]:
            offset += len(line) + 1
            entry = _parse(line, prev, seq + 1, offset)
            prev, seq = entry.hash, entry.fact.seq
            yield entry

    def append(self, fact: Fact, offset: int) -> None:
        """Write ``fact`` after the last whole line, which ends at ``offset``, and wait until it is on the disk.

        Raises:
            StorageFull, NotAllowed: the line is not there and the file ends as before.
            InvalidInput: if ``data`` cannot be written as JSON.
        """
        try:
            payload = msgspec.json.encode(fact)
        except (TypeError, UnicodeEncodeError, RecursionError) as error:
            raise InvalidInput(f"{fact.noun} {fact.name!r} cannot be recorded as JSON: {error}.") from error
        line = b'{"hash":"' + _digest(payload).encode() + b'","fact":' + payload + b"}\n"
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise unwritable(self.path, error) from error
        try:
            self._cut_torn_tail(fd, offset)
            done = 0
            while done < len(line):
                done += os.pwrite(fd, line[done:], offset + done)
            os.fsync(fd)
        except OSError as error:
            os.ftruncate(fd, offset)
            raise unwritable(self.path, error) from error
        finally:
            _close(fd)

    def _cut_torn_tail(self, fd: int, offset: int) -> None:
        """Cut what a dead recorder left of its last line; a whole line there would be a fact, and is never cut."""
        if b"\n" in os.pread(fd, max(0, os.fstat(fd).st_size - offset), offset):
            raise StoreDamaged(
                f"The ledger {self.path} holds facts behind byte {offset} that are not folded.",
                hint="Run `benchbook doctor`; nothing was recorded.",
            )
        os.ftruncate(fd, offset)

    def size(self) -> int:
        """Bytes in the file, 0 when there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def _close(fd: int) -> None:
    """Close after fsync: a late EIO or EDQUOT cannot make the fact untrue."""
    try:
        os.close(fd)
    except OSError as error:
        if error.errno not in (errno.EIO, errno.EDQUOT, errno.ENOSPC):
            raise

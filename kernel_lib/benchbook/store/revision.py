"""The revision: one short text to see by `stat` alone whether anything happened; it needs neither lock nor DuckDB."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from benchbook.store.stream import writer_lives


def revision_of(folder: Path) -> str:
    """A text that changes whenever anything was logged or recorded below ``folder``, or a writer died."""
    parts = [str(_size(folder / "ledger.jsonl"))]
    try:
        entries = sorted(os.scandir(folder / "streams" / "active"), key=lambda entry: entry.name)
    except FileNotFoundError:
        entries = []
    parts += [_stream_state(entry) for entry in entries if entry.name[0] != "."]
    return hashlib.blake2b(" ".join(parts).encode(), digest_size=8).hexdigest()


def facts_revision(folder: Path) -> int:
    """A number that changes whenever a fact was recorded below ``folder``, and not when a run logs. One `stat`."""
    return _size(folder / "ledger.jsonl")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _stream_state(entry: os.DirEntry[str]) -> str:
    try:
        fd = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # moved to done/ since the folder was listed
        return f"{entry.name} gone"
    try:
        return f"{entry.name} {os.fstat(fd).st_size} {writer_lives(fd)}"
    finally:
        os.close(fd)

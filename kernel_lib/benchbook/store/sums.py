"""Checksums of finished streams, in `streams/done.sums`: what a stream held when its writer had ended.

The store is folded from the streams and so cannot tell that one was changed; this file is written before a stream moves
to `done/` and never again. Its lines are those of `sha256sum`: `cd streams/done && sha256sum -c ../done.sums`.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from benchbook.store.stream import write_all

NAME = "done.sums"
_LINE = re.compile(rb"([0-9a-f]{64})  ([^/\n]+)")


def sum_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def add_sums(streams: Path, names: list[str]) -> None:
    """Append the sums of finished streams that still lie in ``streams``/active.

    Raises:
        OSError: no line was added.
    """
    lines = "".join(f"{sum_of(streams / 'active' / name)}  {name}\n" for name in names).encode()
    fd = os.open(streams / NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        size = os.fstat(fd).st_size
        try:
            write_all(fd, lines, 0)
        except OSError:
            os.ftruncate(fd, size)
            raise
    finally:
        os.close(fd)


def read_sums(streams: Path) -> dict[str, set[str]]:
    """Return the sums of each stream; lines that cannot be read are left out.

    One stream has more than one line when its move was interrupted; they are equal, unless somebody changed it between.
    """
    sums: dict[str, set[str]] = {}
    try:
        text = (streams / NAME).read_bytes()
    except FileNotFoundError:
        return sums
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is not None:
            sums.setdefault(found[2].decode(errors="replace"), set()).add(found[1].decode())
    return sums

"""Streams: what a run logs, appended to an own file without any lock on others and without ever opening the database.

A stream is born complete: a temporary name, the writer's `flock`, the first line, then a rename into `active/`. The
lock tells everybody whether the writer lives; a kill -9 loses no line whose `append` had returned.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchbook.errors import Conflict
from benchbook.store.lines import Line, encode, number
from benchbook.store.lock import unwritable


class Stream:
    """An append-only file of one run and one process. Appending is thread-safe and costs a few microseconds."""

    def __init__(self, folder: Path, run: str, first: list[Line], *, suffix: str = "") -> None:
        """Create the file in ``folder``/active with the ``first`` lines in it.

        Raises:
            NotAllowed, StorageFull: if the folder cannot be written; then no stream exists.
        """
        self.run = run
        self.folder = folder
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._size = 0
        self._forked = False
        self.closed = False
        self._open(f"{run}{suffix}.jsonl", b"".join(encode(line) for line in first))
        _streams.add(self)

    @classmethod
    def start(cls, folder: Path, run: str, data: dict[str, Any]) -> Stream:
        """Begin a run: the stream that alone decides the run's status."""
        return cls(folder, run, [Line(run, "start", time.time(), d=data)])

    @classmethod
    def join(cls, folder: Path, run: str) -> Stream:
        """Add to a run that another process began; ends of this process do not end the run."""
        return cls(folder, run, [_joined(run)], suffix=_suffix())

    @classmethod
    def leave(cls, folder: Path, name: str, event: str, lines: Iterable[tuple[str, Any]]) -> None:
        """Leave lines that belong to no run, each a key and data, as a closed stream of their own: all or none.

        Raises:
            NotAllowed, StorageFull: nothing was left.
            InvalidInput: data that JSON has no form for.
        """
        now = time.time()
        cls(folder, name, [Line(name, event, now, k=key, d=data) for key, data in lines], suffix=_suffix()).close()

    def _open(self, name: str, first: bytes) -> None:
        active = self.folder / "active"
        temporary = active / f".{name}.tmp"
        try:
            active.mkdir(parents=True, exist_ok=True)
            fd = os.open(temporary, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise unwritable(active, error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            write_all(fd, first, 0)
            os.rename(temporary, active / name)
        except OSError as error:
            os.close(fd)
            temporary.unlink(missing_ok=True)
            raise unwritable(active / name, error) from error
        self.path = active / name
        self._size = len(first)
        self._fd = fd

    def append(
        self, event: str, key: str = "", value: float | None = None, step: int | None = None, data: Any = None
    ) -> None:
        """Append one line; when this returns, the line survives the death of this process.

        Raises:
            Conflict: if the stream is closed.
            StorageFull: if no space is left; the file ends with its last whole line.
        """
        v = None if value is None else number(value)
        self._append(encode(Line(self.run, event, time.time(), step, key, v, data)))

    def append_metrics(self, values: dict[str, float], step: int | None) -> None:
        """Append one line per metric in one write: they are all there or none is."""
        now, run = time.time(), self.run
        self._append(b"".join([encode(Line(run, "metric", now, step, k, number(v))) for k, v in values.items()]))

    def append_keyed(self, event: str, lines: Iterable[tuple[str, Any]]) -> None:
        """Append one line per key and data in one write: they are all there or none is; raises as `append`."""
        now, run = time.time(), self.run
        self._append(b"".join([encode(Line(run, event, now, k=key, d=data)) for key, data in lines]))

    def _append(self, text: bytes) -> None:
        with self._lock:
            if self._fd is None:
                self._reopen()
            fd = self._fd
            assert fd is not None
            try:
                written = os.write(fd, text)
                if written != len(text):
                    write_all(fd, text[written:], 0)
            except OSError as error:
                os.ftruncate(fd, self._size)
                raise unwritable(self.path, error) from error
            self._size += len(text)

    def _reopen(self) -> None:
        """After a fork the child gets a stream of its own at its first line."""
        if not self._forked:
            raise Conflict(f"Run {self.run} is finished: nothing more can be logged to it.", hint="Start a new run.")
        self._open(f"{self.run}{_suffix()}.jsonl", encode(_joined(self.run)))
        self._forked = False

    def close(self, data: dict[str, Any] | None = None) -> None:
        """End the stream, with the run's ``end`` line when ``data`` is given; after this it is on the disk itself."""
        if data is not None:
            self.append("end", data=data)
        with self._lock:
            if self._fd is not None:
                os.fdatasync(self._fd)
                os.close(self._fd)
            self._fd, self._forked, self.closed = None, False, True

    def leave_parent(self) -> None:
        """Called in a forked child: the parent keeps its file, the child gets one of its own at its first line."""
        self._lock = threading.Lock()
        if self._fd is not None:
            os.close(self._fd)
            self._fd, self._forked = None, True


_streams: weakref.WeakSet[Stream] = weakref.WeakSet()


def _leave_parent() -> None:
    for stream in list(_streams):
        stream.leave_parent()


os.register_at_fork(after_in_child=_leave_parent)


def _suffix() -> str:
    return f"-{os.getpid()}-{secrets.token_hex(3)}"


def _joined(run: str) -> Line:
    return Line(run, "join", time.time(), d={"pid": os.getpid()})


def write_all(fd: int, text: bytes, done: int) -> None:
    """`os.write` may write less than asked when space runs short: go on until all is written or it raises."""
    while done < len(text):
        done += os.write(fd, text[done:])


def writer_lives(fd: int) -> bool:
    """Whether somebody holds the writer's lock on the stream opened as ``fd`` (any mode); costs a few microseconds."""
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False

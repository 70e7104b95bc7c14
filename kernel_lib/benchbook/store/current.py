"""The open streams of this process's runs, innermost last: rooms below tracking append 'used' and 'made' through here.

Kept by thread, not by context variable: each notebook cell runs in a context of its own, and a run started in one cell
must still be current in the next. A pipeline step's kernel is told its run by the environment and joins it when
something is first logged, so a step needs no tracking code of its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from benchbook.store.stream import Stream

RUN_VARIABLE = "BENCHBOOK_RUN"
PROJECT_VARIABLE = "BENCHBOOK_PROJECT"

T = TypeVar("T")


class Stack(Generic[T]):
    """What is open in this process, innermost last.

    A thread that has opened something sees only its own, so trials in a pool do not mix; one that has not sees what the
    main thread has open, so helpers of a run log to it.
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, T]] = []

    def push(self, item: T) -> None:
        """Open ``item`` in this thread."""
        self._entries.append((_thread(), item))

    def drop(self, item: T) -> list[T]:
        """Forget ``item``, whoever opened it, and return what its thread opened after it; twice is fine."""
        at = next((at for at, (_, other) in enumerate(self._entries) if other is item), None)
        if at is None:
            return []
        thread, _ = self._entries.pop(at)
        return [other for owner, other in self._entries[at:] if owner == thread]

    def mine(self) -> list[T]:
        """What this thread has open."""
        thread = _thread()
        return [item for owner, item in self._entries if owner == thread]

    def visible(self) -> list[T]:
        """What this thread has open, or else what the main thread has."""
        return self.mine() or [item for owner, item in self._entries if owner == _MAIN]

    def all(self) -> list[T]:
        """What every thread has open."""
        return [item for _, item in self._entries]


_MAIN = 0


def _thread() -> int:
    """This thread's number; the main one's is the same in a forked child, whatever thread had forked."""
    return _MAIN if threading.current_thread() is threading.main_thread() else threading.get_ident()


_open: Stack[Stream | None] = Stack()
_joined: dict[str, Stream] = {}


def current_stream() -> Stream | None:
    """The stream of the current run, or None outside a run."""
    streams = _open.visible()
    return streams[-1] if streams else step_stream()


def step_stream() -> Stream | None:
    """The stream by which this process adds to the run of the pipeline step it executes; None elsewhere."""
    run, root = os.environ.get(RUN_VARIABLE), os.environ.get(PROJECT_VARIABLE)
    if not run or not root:
        return None
    if run not in _joined:
        _joined[run] = Stream.join(Path(root) / ".benchbook" / "streams", run)
    return _joined[run]


@contextmanager
def outside_runs() -> Iterator[None]:
    """Within the block this thread is in no run: what it loads and saves there is not the current run's doing."""
    _open.push(None)
    try:
        yield
    finally:
        _open.drop(None)


def push_stream(stream: Stream) -> None:
    """Make ``stream`` the current one of this thread."""
    _open.push(stream)


def drop_stream(stream: Stream) -> None:
    """Forget ``stream``, wherever it stands; forgetting it twice is fine."""
    _open.drop(stream)

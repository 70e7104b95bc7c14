"""The open streams of this process's runs, innermost last: rooms below tracking append 'used' and 'made' through here.

A process-wide list, not a context variable: each notebook cell runs in a context of its own, and a run started in one
cell must still be current in the next. A pipeline step's kernel is told its run by the environment and joins it when
something is first logged, so a step needs no tracking code of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from benchbook.store.stream import Stream

RUN_VARIABLE = "BENCHBOOK_RUN"
PROJECT_VARIABLE = "BENCHBOOK_PROJECT"

_open: list[Stream] = []
_joined: dict[str, Stream] = {}


def current_stream() -> Stream | None:
    """The stream of the current run, or None outside a run."""
    return _open[-1] if _open else step_stream()


def step_stream() -> Stream | None:
    """The stream by which this process adds to the run of the pipeline step it executes; None elsewhere."""
    run, root = os.environ.get(RUN_VARIABLE), os.environ.get(PROJECT_VARIABLE)
    if not run or not root:
        return None
    if run not in _joined:
        _joined[run] = Stream.join(Path(root) / ".benchbook" / "streams", run)
    return _joined[run]


def push_stream(stream: Stream) -> None:
    """Make ``stream`` the current one."""
    _open.append(stream)


def drop_stream(stream: Stream) -> None:
    """Forget ``stream``, wherever it stands; forgetting it twice is fine."""
    if stream in _open:
        _open.remove(stream)

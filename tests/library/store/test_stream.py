"""Streams: appending is exact for all numbers, whole under threads and forks, and honest on errors."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchbook.errors import Conflict, InvalidInput, NotAllowed
from benchbook.store import Query, Store, Stream
from benchbook.store.lines import Line, decode, encode, number

Begin = Callable[..., Stream]


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_double_survives_a_line(value: float) -> None:
    """A metric value read back from its line is the very same double, NaN and infinities included."""
    line = decode(encode(Line("r", "metric", 1.0, v=number(value))).rstrip(b"\n"))
    assert line is not None
    assert repr(line.v) == repr(value)


def test_numbers_reach_the_store_exactly(store: Store, begin: Begin) -> None:
    """NaN, infinities, denormals, the largest double and minus zero come out of a query as they went in."""
    values = [float("nan"), float("inf"), float("-inf"), 1e-310, 1.7976931348623157e308, -0.0, 0.30000000000000004]
    stream = begin()
    for step, value in enumerate(values):
        stream.append("metric", "v", value, step)
    found = [row[0] for row in store.read(Query("SELECT value FROM metrics ORDER BY step"))]
    assert list(map(repr, found)) == list(map(repr, values))


def test_threads_share_a_stream(store: Store, begin: Begin) -> None:
    """Eight threads appending to one stream mix no lines and lose none."""
    stream = begin()
    threads = [
        threading.Thread(target=lambda t=t: [stream.append("metric", f"k{t}", i, i) for i in range(500)])
        for t in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = store.read(Query("SELECT key, count(*), sum(value) FROM metrics GROUP BY key"))
    assert sorted(rows) == [(f"k{t}", 500, 124750.0) for t in range(8)]


def test_forked_child_gets_a_stream_of_its_own(store: Store, begin: Begin) -> None:
    """A child's lines are kept, and its death ends nothing but its own stream."""
    stream = begin()
    child = os.fork()
    if child == 0:
        stream.append("metric", "child", 1.0, 0)
        os._exit(0)
    os.waitpid(child, 0)
    stream.append("metric", "parent", 2.0, 0)
    assert store.read(Query("SELECT key, value FROM metrics ORDER BY key")) == [("child", 1.0), ("parent", 2.0)]
    assert store.read(Query("SELECT status FROM runs")) == [("running",)]


def test_exec_does_not_keep_the_writer_alive(store: Store, begin: Begin) -> None:
    """The writer's lock does not pass to a program it starts."""
    stream = begin()
    pid = os.posix_spawn("/bin/sleep", ["sleep", "30"], os.environ)
    try:
        stream.close({"status": "finished", "failure": None})
        assert store.read(Query("SELECT status FROM runs")) == [("finished",)]
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


def test_stream_is_born_complete(folder: Path, begin: Begin) -> None:
    """A stream that can be seen has its start line: nothing else ever stands in `active/` under its name."""
    stream = begin()
    assert json.loads(stream.path.read_text())["e"] == "start"
    assert [entry.name for entry in (folder / "streams" / "active").iterdir()] == ["run1.jsonl"]


def test_closed_stream_refuses(begin: Begin) -> None:
    """Appending to a finished run says so instead of losing the line."""
    stream = begin()
    stream.close({"status": "finished", "failure": None})
    with pytest.raises(Conflict, match="run1 is finished"):
        stream.append("log", data="late")


def test_unwritable_value_leaves_no_trace(begin: Begin) -> None:
    """What JSON has no form for is refused before anything is written."""
    stream = begin()
    size = stream.path.stat().st_size
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        stream.append("param", "x", data=object())
    assert stream.path.stat().st_size == size


@pytest.mark.parametrize("target", ["/proc/nowhere", "/dev/null/x"])
def test_unwritable_folder_is_named(target: str) -> None:
    """A folder that cannot be made or written is a clear error and no stream."""
    with pytest.raises((NotAllowed, InvalidInput), match=target):
        Stream.start(Path(target), "r", {})

"""Threads for library calls: bounded, apart from each other, and no reason for a server not to end."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextvars import ContextVar
from threading import Event, current_thread

import pytest

from benchbook_lab.lanes import Lane, Lanes


async def test_a_call_runs_in_a_thread_and_returns() -> None:
    """`run` gives back what the call returned, from another thread, in the caller's context."""
    word: ContextVar[str] = ContextVar("word")
    word.set("mine")
    name, value = await Lanes().run("read", lambda: (current_thread().name, word.get()))
    assert (name.startswith("benchbook-read"), value) == (True, "mine")


async def test_an_error_is_raised_where_it_was_asked() -> None:
    """An exception of the call reaches the caller, and the thread goes on working."""
    lane = Lane("test", 1)
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 // 0)
    assert await lane.run(lambda: 2) == 2


async def test_a_full_lane_does_not_hold_up_another() -> None:
    """However many slow calls wait in one lane, another answers at once."""
    lanes, done = Lanes(), Event()
    slow = [asyncio.ensure_future(lanes.run("sql", done.wait)) for _ in range(20)]
    assert await lanes.run("quick", lambda: 1) == 1
    assert not any(call.done() for call in slow)
    done.set()
    assert all(await asyncio.gather(*slow))


async def test_draining_ends() -> None:
    """What waits is dropped, what runs gets its moment, and a call that hangs is left behind."""
    lane_of, hang = Lanes(), Event()
    calls = [asyncio.ensure_future(lane_of.run("quick", hang.wait)) for _ in range(3)]
    await asyncio.sleep(0.05)
    await asyncio.wait_for(lane_of.drain(0.2), 60)
    assert [call.cancelled() for call in calls] == [False, True, True]
    hang.set()
    assert await calls[0]


async def test_an_answer_is_not_kept() -> None:
    """An idle thread holds on to nothing of the last call."""

    class Large:
        pass

    lane, seen = Lane("test", 1), []

    def call() -> Large:
        answer = Large()
        seen.append(weakref.ref(answer))
        return answer

    await lane.run(call)
    await asyncio.sleep(0.05)
    gc.collect()
    assert seen[0]() is None

"""Threads that run library calls, so that nothing a request asks for can block the server's event loop.

Not a ThreadPoolExecutor: Python joins that one's threads when it exits, so a slow query would hold up the server's end.
These are daemons; `drain` gives calls under way a moment to finish. Each kind of work has a lane of its own, so that
long SQL cannot keep the pages waiting, nor pages the question whether anything changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, Literal, TypeVar

T = TypeVar("T")
LaneName = Literal["quick", "read", "sql", "work", "process"]
_THREADS: dict[LaneName, int] = {"quick": 1, "read": 4, "sql": 2, "work": 2, "process": 4}
"""The last two wait for other processes, which is no work here: "work" for heavy ones, of which two go on at a time,
and "process" for those that start or end in seconds."""


class Lane:
    """A queue and the ``threads`` that work it off."""

    def __init__(self, name: str, threads: int) -> None:
        self._jobs: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self.open: set[Future[Any]] = set()
        for number in range(threads):
            Thread(target=self._work, name=f"benchbook-{name}-{number}", daemon=True).start()

    async def run(self, call: Callable[[], T]) -> T:
        """What ``call`` returns or raises; it runs in the context of the caller."""
        context = copy_context()
        job: Future[T] = Future()
        self.open.add(job)
        job.add_done_callback(self.open.discard)
        self._jobs.put((job, lambda: context.run(call)))
        return await asyncio.wrap_future(job)

    def _work(self) -> None:
        while True:
            job, call = self._jobs.get()
            if not job.set_running_or_notify_cancel():
                continue
            try:
                job.set_result(call())
            except BaseException as error:  # noqa: BLE001  carried to `run`, which raises it where the request is answered
                job.set_exception(error)
            del job, call  # or the last answer would be kept until the next question


class Lanes:
    """All lanes of one server."""

    def __init__(self) -> None:
        self._lanes = {name: Lane(name, threads) for name, threads in _THREADS.items()}

    async def run(self, lane: LaneName, call: Callable[[], T]) -> T:
        """Run ``call`` in ``lane``; raises what it raises."""
        return await self._lanes[lane].run(call)

    async def drain(self, seconds: float) -> None:
        """Drop what waits, and give what runs at most ``seconds`` to end."""
        under_way = [job for lane in self._lanes.values() for job in list(lane.open) if not job.cancel()]
        if under_way:
            await asyncio.wait([asyncio.wrap_future(job) for job in under_way], timeout=seconds)

"""Calls of the model, one at a time in one thread, each for all requests that wait by then.

One row costs a model nearly as much as a hundred, so gathering is the lever; an idle endpoint answers at once, since
nothing is waited for. The rows of a call were checked one request at a time, so no request can fail its neighbours; if
the model raises all the same, each is tried alone. Predictions are on disk, in one write, before anybody hears of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import msgspec

from benchbook.errors import BenchbookError
from benchbook.serving.rows import RowError
from benchbook.serving.served import MODEL_ERRORS, Predicted, Served, explained

Log = Callable[[list[tuple[str, Any]]], None]
BATCH_ROWS = 2_000
"""Rows of one call at most, unless one request alone has more."""
WAITING_ROWS = 50_000
"""Rows that may wait; with more the endpoint says it is busy."""


class Job(msgspec.Struct, frozen=True, eq=False):
    """The checked rows of one request, for the version they were checked against. ``began`` is of `perf_counter`."""

    served: Served
    columns: list[list[Any]]
    rows: Sequence[dict[str, Any]]
    ids: list[str]
    began: float


class Busy(BenchbookError):
    """More requests wait than can be answered soon."""

    status = 503
    retry_after = 1.0


class Batcher:
    """Takes jobs on the event loop and gives back what the model predicts. ``log`` keeps one line a prediction."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._waiting: deque[tuple[Job, asyncio.Future[Predicted]]] = deque()
        self._rows = 0
        self._running: asyncio.Task[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="benchbook-predict")

    async def predict(self, job: Job) -> Predicted:
        """Return the predictions of one request.

        Raises:
            Busy: too many rows wait already.
            RowError: the model refuses the rows; names the first it refuses.
            StorageFull: the predictions could not be logged.
        """
        if self._rows + len(job.rows) > WAITING_ROWS and self._rows:
            what = f"{self._rows:,} rows are waiting for the model."
            raise Busy(what, hint="Send the request again in a second, or send fewer at once.")
        future: asyncio.Future[Predicted] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, future))
        self._rows += len(job.rows)
        if self._running is None:
            self._running = asyncio.create_task(self._work())
        return await future

    def close(self) -> None:
        """Wait for the call under way and end the thread."""
        self._pool.shutdown()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                taken = self._take()
                jobs = [job for job, _ in taken]
                call = loop.run_in_executor(self._pool, predict_together, jobs, self._log)
                (results,) = await asyncio.gather(call, return_exceptions=True)
                given = [results] * len(taken) if isinstance(results, BaseException) else results
                for (_, future), result in zip(taken, given, strict=True):
                    _settle(future, result)
        finally:
            self._running = None

    def _take(self) -> list[tuple[Job, asyncio.Future[Predicted]]]:
        taken = [self._waiting.popleft()]
        rows = len(taken[0][0].rows)
        while self._waiting and rows + len(self._waiting[0][0].rows) <= BATCH_ROWS:
            taken.append(self._waiting.popleft())
            rows += len(taken[-1][0].rows)
        self._rows -= rows
        return taken


def _settle(future: asyncio.Future[Predicted], result: Predicted | BaseException) -> None:
    if future.done():  # whoever asked has gone
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)


def predict_together(jobs: Sequence[Job], log: Log) -> list[Predicted | BenchbookError]:
    """Return the predictions of each job, or why there are none; logged when this returns."""
    results: list[Predicted | BenchbookError] = []
    for served, group in groupby(jobs, key=lambda job: job.served):
        results += _predict(served, list(group))
    lines = [line for job, result in zip(jobs, results, strict=True) for line in _lines(job, result)]
    if lines:
        try:
            log(lines)
        except BenchbookError as error:  # what is not on disk is not said
            return [result if isinstance(result, BenchbookError) else error for result in results]
    return results


def _predict(served: Served, jobs: list[Job]) -> Sequence[Predicted | BenchbookError]:
    columns = [
        [value for part in parts for value in part] for parts in zip(*(job.columns for job in jobs), strict=True)
    ]
    try:
        found = served.predict(served.reader.frame(columns))
    except MODEL_ERRORS as error:
        if len(jobs) > 1:
            return [result for job in jobs for result in _predict(served, [job])]
        return [_refusal(served, jobs[0], error)]
    return _parts(found, [len(job.rows) for job in jobs])


def _parts(found: Predicted, lengths: list[int]) -> list[Predicted]:
    if len(lengths) == 1:
        return [found]
    parts, at = [], 0
    for length in lengths:
        here = slice(at, at + length)
        shares = None if found.probabilities is None else found.probabilities[here]
        parts.append(Predicted(found.outputs[here], shares, None if found.positive is None else found.positive[here]))
        at += length
    return parts


def _refusal(served: Served, job: Job, error: Exception) -> BenchbookError:
    """Name the first row the model refuses, found by halving; a model that refuses rows only together names none."""
    first, end = 0, len(job.rows)
    while end - first > 1:
        middle = (first + end) // 2
        first, end = (first, middle) if _fails(served, job, first, middle) else (middle, end)
    said = explained(served.version.ref, error)
    if not _fails(served, job, first, end):
        return RowError(said.what, hint=said.hint)
    return RowError(f"Row {first}: {said.what}", hint=said.hint, row=first)


def _fails(served: Served, job: Job, first: int, end: int) -> bool:
    try:
        served.predict(served.reader.frame([column[first:end] for column in job.columns]))
    except MODEL_ERRORS:
        return True
    return False


def _lines(job: Job, result: Predicted | BenchbookError) -> list[tuple[str, Any]]:
    """The lines that keep a request's predictions: the id, and what went in and came out."""
    if isinstance(result, BenchbookError):
        return []
    version = job.served.version
    latency = round((time.perf_counter() - job.began) * 1e3, 3)
    positive: Sequence[float | None] = result.positive or [None] * len(job.rows)
    return [
        (
            prediction,
            {
                "model": version.name,
                "version": version.version,
                "inputs": job.served.reader.inputs(row),
                "output": output,
                "probability": probability,
                "latency_ms": latency,
            },
        )
        for prediction, row, output, probability in zip(job.ids, job.rows, result.outputs, positive, strict=True)
    ]

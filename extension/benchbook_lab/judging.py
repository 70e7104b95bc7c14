"""Asks gates in a process of its own: scoring a model takes seconds, and JupyterLab's server has notebooks to serve.

The server half (`Judges`) starts ``python -m benchbook_lab.judging``, hands it an order on stdin, and gets one answer
back, as status and body. The process goes on when Jupyter ends, like a pipeline; a verdict is recorded whole or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import Future
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Literal, NoReturn

import msgspec

from benchbook.errors import NotFound
from benchbook.store.current import RUN_VARIABLE
from benchbook_lab.records import ErrorBody, Judging

FIRST = 1.0
"""Seconds that an order is held open before it answers 202, with the id by which it can be waited for or ended."""
HOLD = 10.0
"""Seconds that waiting on is held open: shorter than proxies wait."""
KEPT = 100
_MERCY = 5.0


class Order(msgspec.Struct, frozen=True):
    """What to ask of which gate, in whose name; ``gate`` is named to evaluate, ``alias`` to promote."""

    action: Literal["evaluate", "promote"]
    root: str
    user: str
    model: str
    version: int
    gate: str | None = None
    alias: str | None = None
    force: bool = False
    reason: str = ""


class Reply(msgspec.Struct, frozen=True):
    """Status and JSON body of what became of it."""

    status: int
    body: msgspec.Raw


class Job:
    """One order under way or done; ``done`` holds its `Reply`."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.told = Judging(uuid.uuid4().hex, order.model, order.version, time.time())
        self.done: Future[Reply] = Future()
        self._cancelled = False
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "benchbook_lab.judging"],
            cwd=order.root,
            env={name: value for name, value in os.environ.items() if name != RUN_VARIABLE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        Thread(target=self._wait, name=f"benchbook-judge-{self._process.pid}", daemon=True).start()

    async def reply(self, seconds: float) -> Reply | None:
        """What became of it, or None if that is not known within ``seconds``."""
        await asyncio.wait([asyncio.wrap_future(self.done)], timeout=seconds)
        return self.done.result() if self.done.done() else None

    def cancel(self) -> None:
        """End it: nothing was recorded, or the whole verdict. Returns once the process is gone."""
        self._cancelled = True
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_MERCY)
                return

    def _wait(self) -> None:
        said, _ = self._process.communicate(msgspec.json.encode(self.order))
        try:
            reply = msgspec.json.decode(said, type=Reply)
        except msgspec.DecodeError:
            reply = self._silent()
        self.done.set_result(reply)

    def _silent(self) -> Reply:
        """A process that ended without a word was cancelled, or killed."""
        what, hint, name = "Asking the gate was cancelled.", "No verdict was recorded.", "Cancelled"
        if not self._cancelled:
            name, what = (
                "StepFailed",
                f"The process that asks the gate ended with exit code {self._process.returncode}.",
            )
            hint = "Perhaps there was too little memory; the log of Jupyter Server may tell."
        return Reply(409, msgspec.Raw(msgspec.json.encode(ErrorBody(what, hint, name))))


class Judges:
    """The orders given by this server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._jobs: dict[str, Job] = {}

    def start(self, order: Order) -> Job:
        """Begin; the same order while one is under way joins it."""
        with self._lock:
            for job in self._jobs.values():
                if job.order == order and not job.done.done():
                    return job
            ended = [key for key, job in self._jobs.items() if job.done.done()]
            for key in ended[: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[key]
            job = Job(order)
            self._jobs[job.told.id] = job
            return job

    def find(self, key: str) -> Job:
        """The order of this id.

        Raises:
            NotFound: there is none, or the server was started anew since.
        """
        job = self._jobs.get(key)
        if job is None:
            raise NotFound("judging", key, hint="If it came to a verdict, that stands among the verdicts of its gate.")
        return job


def carry_out(order: Order) -> Any:
    """What the library answers.

    Raises:
        BenchbookError: as `benchbook.gates.evaluate_gate` and `promote`.
    """
    from benchbook import gates
    from benchbook.project import Project
    from benchbook.refs import Ref
    from benchbook_lab.place import Asked

    project = Asked(Project(Path(order.root)), order.user).need_as_user()
    if order.action == "evaluate":
        return gates.evaluate_gate(order.gate, Ref(order.model, version=order.version), project=project)
    return gates.promote(
        order.model, order.version, alias=order.alias, force=order.force, reason=order.reason, project=project
    )


def main() -> None:
    """Read an order from stdin, carry it out, write the reply to stdout; what else is printed goes to stderr."""
    from benchbook.errors import BenchbookError
    from benchbook_lab.handler import encode, refusal

    answer = os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGTERM, _end)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        reply = Reply(200, msgspec.Raw(encode(carry_out(order))))
    except BenchbookError as error:
        status, body = refusal(error, 500)
        reply = Reply(status, msgspec.Raw(encode(body)))
    with os.fdopen(answer, "wb") as out:
        out.write(msgspec.json.encode(reply))


def _end(*_: object) -> NoReturn:
    raise SystemExit(1)


if __name__ == "__main__":
    main()

"""What is too heavy for the server's process, as one of its own: `python -m benchbook_lab.work loop|look|retrain`.

Each holds the server's end of its standard input: when that closes, the server is gone, however it ended, and so is
the work a few seconds later. Whatever is cut off there goes on at the next start, as after any kill.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from benchbook.errors import BenchbookError
from benchbook.project import Project, open_project
from benchbook_lab.place import Asked

if TYPE_CHECKING:
    from benchbook.monitoring.state import Observation

GRACE = 5.0
"""Seconds that work has to come to its end after the server's."""


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the loop to its server: something to log, or after a turn why which monitor could not be looked at."""

    told: str = ""
    problems: dict[str, str] | None = None


class Done(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last line of a look: what it found, or the library's error that ended it."""

    chunks: list[str] = []
    alerts: int = 0
    error: str = ""
    hint: str = ""
    kind: str = ""


def follow_server(end: threading.Event) -> None:
    """Set ``end`` when standard input closes, and end this process `GRACE` seconds later wherever it is."""

    def wait() -> None:
        while os.read(0, 1):
            continue
        end.set()
        threading.Event().wait(GRACE)
        os._exit(0)

    threading.Thread(target=wait, name="benchbook-server", daemon=True).start()


def loop(project: Project, end: threading.Event, say: Callable[[Said], None]) -> None:
    """Take turns for the monitors that are switched on, until ``end`` is set or none is."""
    from benchbook.pipelines.watching import keep_turning, mark_of

    def take() -> None:
        problems = take_turn(project, say)
        if problems is None:
            end.set()
        else:
            say(Said(problems=problems))

    keep_turning(project, end, lambda: mark_of(project), take)


def take_turn(project: Project, say: Callable[[Said], None]) -> dict[str, str] | None:
    """Take one turn: which monitors could not be looked at and why ("" is `benchbook.yaml`); None if none is on."""
    from benchbook.monitoring.switch import switched_on
    from benchbook.pipelines.watching import turn

    try:
        chosen = switched_on(project)
    except BenchbookError as error:
        return {"": str(error)}
    problems: dict[str, str] = {}

    def failed(name: str, error: BenchbookError) -> None:
        problems[name] = str(error)

    turn(
        project,
        choose=lambda _: chosen,
        tell=lambda text: say(Said(told=text)),
        failed=failed,
        pipelines=False,  # what they run is switched on by `benchbook watch` only
    )
    return problems if chosen else None


def look(project: Project, name: str) -> list[Observation]:
    """Look at the chunks of one monitor that are new, and send their alerts where the monitor says."""
    from benchbook.monitoring.notices import notify
    from benchbook.monitoring.observing import observe
    from benchbook.monitoring.pages import find_monitor

    monitor = find_monitor(project, name)
    found = observe(project, name, monitor)
    for seen in found:
        notify(project, name, monitor, seen.alerts)
    return found


def retrain(project: Project, name: str) -> None:
    """See the retraining through that the open alerts of a monitor call for."""
    from benchbook.monitoring.pages import find_monitor
    from benchbook.pipelines.retraining import pursue

    pursue(project, name, find_monitor(project, name), asked=True, tell=lambda text: print(text, flush=True))  # noqa: T201


def main(arguments: list[str]) -> int:
    """Do what ``arguments`` say: `loop ROOT`, `look ROOT USER NAME` or `retrain ROOT USER NAME`."""
    what, root = arguments[0], Path(arguments[1])

    def say(line: msgspec.Struct) -> None:
        os.write(1, msgspec.json.encode(line) + b"\n")

    if what == "retrain":  # a person asked for it, so it goes on when the server ends
        try:
            retrain(Asked(open_project(root), arguments[2]).need_as_user(), arguments[3])
        except BenchbookError as error:
            print(error, flush=True)  # noqa: T201  the log of the retraining
            return 1
        return 0
    end = threading.Event()
    follow_server(end)
    os.nice(5)
    if what == "loop":
        loop(open_project(root), end, say)
        return 0
    try:
        found = look(Asked(open_project(root), arguments[2]).need_as_user(), arguments[3])
    except BenchbookError as error:
        say(Done(error=error.what, hint=error.hint, kind=type(error).__name__))
        return 1
    say(Done([seen.chunk.id for seen in found], sum(len(seen.alerts) for seen in found)))
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if sys.argv[1] == "retrain":
        raise SystemExit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    # The thread that waits for the server keeps DuckDB's objects alive, which would be told as leaks into its log.
    os._exit(code)

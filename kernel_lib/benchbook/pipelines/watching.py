"""The loop, headless: look at new chunks, tell alerts, retrain, run what has changed, let the gate decide; again.

One turn does all that is to be done and can be killed anywhere: the next turn goes on from what is recorded.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from benchbook.errors import BenchbookError
from benchbook.monitoring.notices import notify
from benchbook.monitoring.observing import observe
from benchbook.monitoring.state import Observation
from benchbook.pipelines.changes import Watchlist
from benchbook.pipelines.reruns import pursue_changes
from benchbook.pipelines.retraining import pursue
from benchbook.project import Project

PAUSE = 0.25
"""Seconds between two looks at whether anything was recorded."""
AGAIN = 60.0
"""Seconds after which a turn is taken though nothing was recorded: chunks of the calendar end by the clock."""
Tell = Callable[[str], None]


def turn(project: Project, *, only: str | None = None, now: dt.datetime | None = None, tell: Tell) -> bool:
    """Take one turn for every monitor and every pipeline with `watch:` (or ``only`` one); whether nothing went wrong.

    One that cannot be looked at is told with its reason and does not keep the others from their turn.

    Raises:
        InvalidInput: `benchbook.yaml` cannot be read.
    """
    well = True
    for name, monitor in project.config().monitors.items():
        if only is not None and name != only:
            continue
        try:
            for seen in observe(project, name, monitor, now=now):
                tell(said(name, seen))
                notify(project, name, monitor, seen.alerts)
            while pursue(project, name, monitor, tell=tell):
                continue
        except BenchbookError as error:
            tell(f"{name}: {error}")
            well = False
    return _pipelines(project, only, tell) and well


def _pipelines(project: Project, only: str | None, tell: Tell) -> bool:
    well = True
    for name, pipeline in project.config().pipelines.items():
        if pipeline.watch is None or only not in (None, name):
            continue
        try:
            pursue_changes(project, name, pipeline.watch, tell=tell)
        except BenchbookError as error:
            tell(f"{name}: {error}")
            well = False
    return well


def said(name: str, seen: Observation) -> str:
    """An observation in a few lines."""
    lines = [f"{name}: {seen.chunk.id}, {seen.chunk.rows:,} rows, {seen.model}" + _measured(seen)]
    lines += [f"  ! {alert.kind}: {alert.message}" for alert in seen.alerts]
    return "\n".join(lines)


def _measured(seen: Observation) -> str:
    if seen.performance is not None:
        return f", {seen.metric} {seen.performance[0]:.3f}"
    return f", {seen.metric} estimated {seen.estimate[0]:.3f}" if seen.estimate is not None else ""


class _Once:
    """Tells lines, but for those that were told in the turn before: what stays wrong is said once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._before: set[str] = set()
        self._now: set[str] = set()

    def __call__(self, line: str) -> None:
        self._now.add(line)
        if line not in self._before:
            self._tell(line)

    def turn_over(self) -> None:
        """A turn has ended."""
        self._before, self._now = self._now, set()


def watch(project: Project, end: threading.Event, *, only: str | None = None, tell: Tell) -> None:
    """Take turns until ``end`` is set: one now, and one whenever something was recorded, a file of a watched pipeline
    was saved, or a minute has passed.
    """
    once, files = _Once(tell), Watchlist(project)
    seen, waited = ("", ""), 0.0
    while not end.is_set():
        if (project.store.revision(), files.stamp()) != seen or waited >= AGAIN:
            files.renew()
            saved = files.stamp()  # before the turn: what is saved while it is taken begins the next one
            try:
                turn(project, only=only, tell=once)
            except BenchbookError as error:  # benchbook.yaml cannot be read now; the next save is looked at again
                once(str(error))
            once.turn_over()
            seen, waited = (project.store.revision(), saved), 0.0
        end.wait(PAUSE)
        waited += PAUSE

"""The loop, headless: look at new chunks, tell alerts, retrain, let the gate decide; again whenever something changed.

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
from benchbook.pipelines.retraining import pursue
from benchbook.project import Project

PAUSE = 0.25
"""Seconds between two looks at whether anything was recorded."""
AGAIN = 60.0
"""Seconds after which a turn is taken though nothing was recorded: chunks of the calendar end by the clock."""
Tell = Callable[[str], None]


def turn(project: Project, *, only: str | None = None, now: dt.datetime | None = None, tell: Tell) -> bool:
    """Take one turn for every monitor (or ``only`` one); whether nothing went wrong.

    A monitor that cannot be looked at is told with its reason and does not keep the others from their turn.

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


def watch(project: Project, end: threading.Event, *, only: str | None = None, tell: Tell) -> None:
    """Take turns until ``end`` is set: one now, and one whenever something was recorded or a minute has passed."""
    seen, waited = "", 0.0
    while not end.is_set():
        revision = project.store.revision()
        if revision != seen or waited >= AGAIN:
            turn(project, only=only, tell=tell)
            seen, waited = project.store.revision(), 0.0
        end.wait(PAUSE)
        waited += PAUSE

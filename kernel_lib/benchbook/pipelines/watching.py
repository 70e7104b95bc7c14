"""The loop, headless: look at new chunks, tell alerts, retrain, run what has changed, let the gate decide; again.

One turn does all that is to be done and can be killed anywhere: the next turn goes on from what is recorded.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

from benchbook.errors import BenchbookError
from benchbook.monitoring.notices import notify
from benchbook.monitoring.observing import observe
from benchbook.monitoring.state import Observation, monitor_state
from benchbook.pipelines.changes import Watchlist
from benchbook.pipelines.reruns import list_reruns, pursue_changes
from benchbook.pipelines.retraining import only_one, pursue
from benchbook.project import Project
from benchbook.project.monitor_config import MonitorConfig

PAUSE = 0.25
"""Seconds between two looks at whether anything was recorded."""
AGAIN = 60.0
"""Seconds after which a turn is taken though nothing was recorded: chunks of the calendar end by the clock."""
TURN = "turn.lock"
"""The lock file of whoever takes a turn."""
Tell = Callable[[str], None]
Choose = Callable[[Project], dict[str, MonitorConfig]]
"""Which monitors of a project take part."""
Failed = Callable[[str, BenchbookError], None]
"""Hears which monitor could not be looked at; an empty name: `benchbook.yaml` could not be read."""


def all_monitors(project: Project) -> dict[str, MonitorConfig]:
    """Every monitor of `benchbook.yaml`."""
    return project.config().monitors


def turn(
    project: Project,
    *,
    only: str | None = None,
    choose: Choose = all_monitors,
    now: dt.datetime | None = None,
    tell: Tell,
    failed: Failed | None = None,
    pipelines: bool = True,
) -> bool:
    """Take one turn for every monitor that ``choose`` gives, and with ``pipelines`` for every pipeline with `watch:`
    (or for ``only`` one of them); whether nothing went wrong: all could be looked at, and nothing that was run failed.

    One that cannot be looked at is told with its reason and does not keep the others from their turn.

    Raises:
        InvalidInput: `benchbook.yaml` cannot be read.
    """
    well = True
    for name, monitor in choose(project).items():
        if only is not None and name != only:
            continue
        try:
            for seen in observe(project, name, monitor, now=now):
                tell(said(name, seen))
                notify(project, name, monitor, seen.alerts)
            failures = _failures(project, name)
            while pursue(project, name, monitor, tell=tell):
                continue
            well &= _failures(project, name) == failures
        except BenchbookError as error:
            tell(f"{name}: {error}")
            well = False
            if failed is not None:
                failed(name, error)
    return (_pipelines(project, only, tell) and well) if pipelines else well


def _failures(project: Project, name: str) -> int:
    return sum(one.outcome == "failed" for one in monitor_state(project, name).retrainings)


def _pipelines(project: Project, only: str | None, tell: Tell) -> bool:
    well = True
    for name, pipeline in project.config().pipelines.items():
        if pipeline.watch is None or only not in (None, name):
            continue
        try:
            if pursue_changes(project, name, pipeline.watch, tell=tell):
                well &= list_reruns(project, name)[-1].outcome != "failed"
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


def mark_of(project: Project) -> tuple[int, int]:
    """What changes whenever a fact was recorded or `benchbook.yaml` was saved: new chunks come by facts alone, so what
    a training logs meanwhile is no reason to look.
    """

    def stat(path: Path, field: str) -> int:
        try:
            return int(getattr(path.stat(), field))
        except FileNotFoundError:
            return 0

    return stat(project.folder / "ledger.jsonl", "st_size"), stat(project.root / "benchbook.yaml", "st_mtime_ns")


def keep_turning(
    project: Project,
    end: threading.Event,
    mark: Callable[[], object],
    take: Callable[[], None],
    *,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Call ``take`` until ``end`` is set: now, and whenever what ``mark`` returns has changed or a minute has passed.
    ``prepare`` is called before each turn and may change what ``mark`` looks at.

    Only one process of a project takes a turn at a time: a second one looks whether the first has left anything.
    """
    seen: object = None
    waited = 0.0
    while not end.is_set():
        if mark() != seen or waited >= AGAIN:
            with only_one(project, TURN) as free:
                if free:
                    prepare()
                    seen, waited = mark(), 0.0  # what comes during the turn is looked at in the next
                    take()
        end.wait(PAUSE)
        waited += PAUSE


def watch(project: Project, end: threading.Event, *, only: str | None = None, tell: Tell) -> None:
    """Take turns until ``end`` is set: one now, and one whenever a fact was recorded, a file of a watched pipeline was
    saved, or a minute has passed.
    """
    once, files = _Once(tell), Watchlist(project)

    def mark() -> object:
        return mark_of(project), files.stamp()

    def take() -> None:
        try:
            turn(project, only=only, tell=once)
        except BenchbookError as error:  # benchbook.yaml cannot be read now; its next save is looked at
            once(str(error))
        once.turn_over()

    keep_turning(project, end, mark, take, prepare=files.renew)

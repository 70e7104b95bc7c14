"""The parts of the server face that outlive a request, made once per server."""

from __future__ import annotations

from dataclasses import dataclass

from benchbook_lab.judging import Judges
from benchbook_lab.lanes import Lanes
from benchbook_lab.launcher import Launcher
from benchbook_lab.live import Watcher
from benchbook_lab.loop import Loop
from benchbook_lab.place import Place


@dataclass(frozen=True)
class Services:
    """Which project, where calls run, what watches it, starts pipelines, asks gates, and keeps monitors looking."""

    place: Place
    lanes: Lanes
    watcher: Watcher
    launcher: Launcher
    judges: Judges
    loop: Loop

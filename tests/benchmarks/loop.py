"""The loop on the flights: from a month's data to its alert, to the model retrained, judged, promoted and served."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from timing import Figure, seconds

LIMIT = 300.0
"""Seconds after which a turn of the loop is given up."""


def loop() -> list[Figure]:
    """Replay April and May with `benchbook watch` running beside; the figures are those of May, when all is warm."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "flights")
        subprocess.run(
            [sys.executable, "-m", "benchbook", "new", "flights", str(folder)], check=True, capture_output=True
        )
        sys.path.insert(0, str(folder))
        script: Any = importlib.import_module("replay")
        watched = Watched()
        script.take_turn = watched.turn
        try:
            months = script.replay(folder / "replay", last=5, tell=lambda _: None)
        finally:
            watched.stop()
            sys.path.remove(str(folder))
        return figures(months[-1], watched.fit(script), watched.alerted)


class Watched:
    """A `benchbook watch` that is started by the first turn and keeps going."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._year: Any = None
        self.alerted = 0.0
        """Seconds from the fact that recorded the newest version to the one that recorded its alerts."""

    def turn(self, stage: SimpleNamespace) -> None:
        """Wait until all is done that the newest version calls for."""
        from benchbook.data import get_dataset
        from benchbook.monitoring.state import monitor_state
        from benchbook.pipelines.retraining import due

        self._year = stage.year
        arrived = monitor_state(stage.loop, "delay").observations
        saved = get_dataset("history", project=stage.loop).created
        if self._process is None:
            command = [sys.executable, "-m", "benchbook", "--project", str(stage.loop.root), "watch", "delay"]
            self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        retrain = stage.loop.config().monitors["delay"].retrain
        until = time.monotonic() + LIMIT
        while time.monotonic() < until:
            state = monitor_state(stage.loop, "delay")
            under_way = any(one.outcome is None for one in state.retrainings)
            if len(state.observations) > len(arrived) and not under_way and due(state, retrain) is None:
                self.alerted = state.observations[-1].time - saved
                return
            time.sleep(0.05)
        raise SystemExit(f"The loop was not done within {LIMIT:.0f} s.")

    def fit(self, script: Any) -> float:
        """Seconds to fit both candidates of May, with the same recipe and nothing else."""
        day = script.day_one(6)
        departs = self._year["departs"]
        known = [departs < day, (departs < day) & (departs >= script.day_one(3))]

        def both() -> None:
            for rows in (self._year[which] for which in known):
                script.boosted_trees(script.ROUNDS, script.SEED).fit(script.inputs(rows), rows["late"])

        return seconds(both)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


def figures(month: SimpleNamespace, raw: float, alerted: float) -> list[Figure]:
    """The moments of one month, each since its rows were handed over, which includes saving and profiling them all."""
    said = {
        "alert": "a month's rows handed over until its alert",
        "retrained": "until both candidates were retrained",
        "decided": "until the gate had decided",
        "served": "until the endpoint served it",
    }
    bound = {"retrained": ("fitting both, nothing else", raw)}
    return [
        Figure("a month's data recorded until its alert", alerted, "s", aim="≤ 2 s"),
    ] + [
        Figure(said[part], month.seconds[part], "s", *bound.get(part, ("", None)))
        for part in said
        if part in month.seconds
    ]

"""Answers and requests about monitors that exist only between server and browser.

They stand apart from the other records because they hold the library's own, whose import costs half a second: this
module is imported when somebody first asks for a monitor.
"""

from __future__ import annotations

import msgspec

from benchbook.monitoring.state import LoopMode
from benchbook.monitoring.views import MonitorPage, MonitorSummary


class MonitorItem(msgspec.Struct, frozen=True):
    """A monitor in a list; `problem` says why its loop could not look the last time, and is empty if it could."""

    summary: MonitorSummary
    problem: str


class RetrainingDue(msgspec.Struct, frozen=True):
    """A retraining that could begin now: the chunk and the ids of the alerts that call for it.

    Where it has ``begun`` and not ended, it is under way, or its process was killed and it can be taken up.
    """

    chunk: str
    alerts: list[str]
    begun: bool


class MonitorAnswer(msgspec.Struct, frozen=True):
    """The page of a monitor, and what of it goes on in this server: its loop, and a retraining started by a click."""

    page: MonitorPage
    due: RetrainingDue | None
    problem: str
    looping: bool
    retraining: bool


class Looked(msgspec.Struct, frozen=True):
    """What a look found: the chunks it observed, and how many alerts rang in them."""

    chunks: list[str]
    alerts: int


class RetrainingStarted(msgspec.Struct, frozen=True):
    """A retraining was started in the background; what it prints goes to `log`, a path inside the project."""

    chunk: str
    log: str


class AlertsClosed(msgspec.Struct, frozen=True):
    """The ids of the alerts that were open and are closed now."""

    alerts: list[str]


class CloseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Close the alerts of these ids, or all open ones, for a `reason`."""

    reason: str
    alerts: list[str] | None = None


class LoopRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a monitor does by itself while JupyterLab is open."""

    loop: LoopMode


class NoFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request that says all by its address."""

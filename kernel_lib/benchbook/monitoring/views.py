"""What people are shown of a monitor, as plain frozen records: `--json` and REST answers are these."""

from __future__ import annotations

from typing import Literal

import msgspec

from benchbook.monitoring.records import ColumnDrift, Threshold
from benchbook.monitoring.state import LoopMode, Retraining
from benchbook.project.monitor_config import AlertKind

Triple = tuple[float, float, float]
"""A value and its 95 % interval."""


class RungAlert(msgspec.Struct, frozen=True):
    """An alert with its chunk and the moment it rang; ``answer`` says what closed it and is empty while it is open."""

    id: str
    chunk: str
    kind: AlertKind
    message: str
    column: str
    value: float | None
    limit: float | None
    time: float
    answer: str


class ChunkPoint(msgspec.Struct, frozen=True):
    """What is shown of one chunk on the timeline; ``alerts`` rang in it, ``open`` of them wait for an answer."""

    id: str
    data: str
    rows: int
    start: str
    end: str
    time: float
    """When it was first looked at."""
    model: str
    performance: Triple | None
    estimate: Triple | None
    baseline: float | None
    multivariate: Triple | None
    alerts: int
    open: int
    notes: list[str]


class DriftRow(msgspec.Struct, frozen=True):
    """One column over the chunks shown: its distance in each (None: not among the largest, or not compared), and
    whether an alert rang there.
    """

    column: str
    largest: float | None
    values: list[float | None]
    rung: list[bool]


class AliasMark(msgspec.Struct, frozen=True):
    """A version took the monitored alias before chunk ``before`` was looked at; empty: after all of them."""

    version: int
    time: float
    actor: str
    kind: Literal["set_alias", "promote", "rollback"]
    reason: str
    forced: bool
    before: str


class GateWord(msgspec.Struct, frozen=True):
    """The verdict of the gate on a version that a retraining made."""

    id: str
    version: int
    passed: bool


class PastAccuracy(msgspec.Struct, frozen=True):
    """How good estimates turned out: ``within`` of ``chunks`` of them were at most ``tolerance`` from the truth.

    ``error`` is the mean distance, ``bias`` the mean of estimate minus truth, ``inside`` the share of truths in the
    band.
    """

    chunks: int
    within: int
    tolerance: float
    error: float
    bias: float
    inside: float


class MonitorSummary(msgspec.Struct, frozen=True):
    """A monitor as lists show it, with its newest open alerts."""

    name: str
    model: str
    alias: str
    metric: str
    data: str
    loop: LoopMode
    chunks: int
    latest: ChunkPoint | None
    open_count: int
    open: list[RungAlert]
    retraining: Retraining | None
    """The newest."""


class MonitorPage(msgspec.Struct, frozen=True):
    """The timeline of a monitor: chunks ``first`` to ``first + len(chunks)`` of ``total_chunks``, oldest first."""

    name: str
    model: str
    alias: str
    metric: str
    higher_is_better: bool
    data: str
    reference: str
    """The version that chunks are compared with now; empty where it cannot be told."""
    target: str
    max_drop: float
    loop: LoopMode
    pipeline: str
    """That retrains; empty where nothing does."""
    gate: str
    asks: bool
    """`ask: true` of `benchbook.yaml`: a retraining waits for a person."""
    first: int
    total_chunks: int
    chunks: list[ChunkPoint]
    total_columns: int
    drift: list[DriftRow]
    """The columns that moved most come first."""
    total_alerts: int
    open_count: int
    alerts: list[RungAlert]
    """Open ones first, then the newest."""
    total_retrainings: int
    retrainings: list[Retraining]
    """The newest first."""
    verdicts: dict[str, list[GateWord]]
    """What the gate said, by the fact of the retraining."""
    promotions: list[AliasMark]
    past: PastAccuracy | None
    trouble: list[str]
    """Why the next look will fail, in sentences: a version that is gone, say."""


class ColumnView(msgspec.Struct, frozen=True):
    """One column of one chunk beside the reference: statistics, both distributions, and the thresholds in force then.

    ``kept`` is false for observations made before thresholds were kept.
    """

    chunk: str
    reference: str
    column: ColumnDrift
    thresholds: list[Threshold]
    alerts: list[RungAlert]
    kept: bool
    bound: str

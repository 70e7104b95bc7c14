"""What is known of a run, as plain frozen records: REST answers, notebook displays and the contract are these."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from benchbook.versioning.records import CodeState, EnvironmentState

RunStatus = Literal["running", "finished", "failed"]
RunKind = Literal["run", "pipeline", "step", "endpoint"]
Number = float | Literal["nan", "inf", "-inf"]
"""A metric value; JSON has no word for the three that are not finite, so these travel as text."""


class MetricSummary(msgspec.Struct, frozen=True):
    """One metric key of a run: its newest value, extremes (of finite values) and how many points there are."""

    key: str
    last: Number
    min: Number | None
    max: Number | None
    count: int
    step: int | None
    time: float


class Param(msgspec.Struct, frozen=True):
    """One param: its newest value, and earlier ones (oldest first) when a cell was run again with another."""

    key: str
    value: Any
    history: list[Any]


class Artifact(msgspec.Struct, frozen=True):
    """A file a run logged: ``path`` inside the run, content id, bytes, media type."""

    path: str
    digest: str
    size: int
    media_type: str
    time: float


class Link(msgspec.Struct, frozen=True):
    """A version a run used (input) or made (output)."""

    role: Literal["used", "made"]
    noun: Literal["dataset", "model"]
    name: str
    version: int
    digest: str
    time: float


class Progress(msgspec.Struct, frozen=True):
    """How far a step is: ``done`` of ``total`` cells."""

    done: int
    total: int


class Spark(msgspec.Struct, frozen=True):
    """The metric shown in a list: newest value and up to 32 points of its curve, oldest first."""

    key: str
    last: Number
    points: list[Number]


class RunFailure(msgspec.Struct, frozen=True):
    """Why a run failed. ``cell`` is the 1-based number of the code cell, where one is to blame."""

    type: str
    message: str
    traceback: str = ""
    notebook: str = ""
    cell: int | None = None


class RunRow(msgspec.Struct, frozen=True):
    """A run as lists show it. Times are seconds since the epoch (UTC), by the clock of the run's machine."""

    id: str
    name: str
    experiment: str
    kind: RunKind
    parent: str | None
    status: RunStatus
    started: float
    ended: float | None
    updated: float
    user: str
    notebook: str
    error: str | None
    spark: Spark | None
    progress: Progress | None
    tags: dict[str, str]


class RunPage(msgspec.Struct, frozen=True):
    """A slice of the list of runs and the true ``total`` that match."""

    total: int
    runs: list[RunRow]


class Run(msgspec.Struct, frozen=True):
    """Everything known of one run."""

    id: str
    name: str
    experiment: str
    kind: RunKind
    parent: str | None
    status: RunStatus
    started: float
    ended: float | None
    updated: float
    user: str
    host: str
    pid: int
    notebook: str
    note: str
    failure: RunFailure | None
    progress: Progress | None
    params: list[Param]
    metrics: list[MetricSummary]
    tags: dict[str, str]
    artifacts: list[Artifact]
    links: list[Link]
    children: list[RunRow]
    code: CodeState | None
    environment: EnvironmentState | None
    bad_lines: int

    def _repr_html_(self) -> str:
        from benchbook.tracking.html import run_html

        return run_html(self)


class Curve(msgspec.Struct, frozen=True):
    """Points of one metric of one run in order of logging; a long one is thinned to minimum and maximum per bucket.

    ``total`` is how many points there are.
    """

    run: str
    key: str
    steps: list[int]
    values: list[Number]
    times: list[float]
    total: int


class LogLine(msgspec.Struct, frozen=True):
    """One line a run logged as text."""

    time: float
    text: str

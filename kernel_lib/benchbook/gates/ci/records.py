"""What a report says, as plain frozen records; Markdown and HTML are made from these and `--json` is them.

They hold aggregates only, no rows of data, and every text in them has been through `governance.redaction`.
"""

from __future__ import annotations

import msgspec

from benchbook.governance.records import Interval, Verdict
from benchbook.monitoring.records import DriftReport
from benchbook.versioning.notebook_diff import NotebookDiff


class Failure(msgspec.Struct, frozen=True):
    """Why the pipeline did not reach its end; ``step`` is empty where it did not even start."""

    step: str
    notebook: str
    cell: int | None
    type: str
    message: str


class MetricChange(msgspec.Struct, frozen=True):
    """A metric before and now.

    ``rows`` is how it was measured: "judged" by the gate, both versions on the same rows, or as each run "logged" it.
    ``interval`` is that of the improvement, where the gate drew one.
    """

    name: str
    before: float | None
    after: float | None
    how: str
    interval: Interval | None = None


class Curve(msgspec.Struct, frozen=True):
    """A metric over its steps, thinned; of both runs where both have it."""

    name: str
    steps: list[int]
    after: list[float]
    before: list[float] = []


class ValueChange(msgspec.Struct, frozen=True):
    """A param, package or setting that differs, as text; None where it is not there."""

    name: str
    before: str | None
    after: str | None


class DataChange(msgspec.Struct, frozen=True):
    """A dataset that the runs used or made: its versions, in one sentence what differs, and which columns moved."""

    name: str
    role: str
    before: str | None
    after: str | None
    summary: str
    drift: DriftReport | None = None


class Report(msgspec.Struct, frozen=True):
    """What a change does. ``passed`` is None where no gate has judged anything that it made."""

    about: str
    pipeline: str
    run: str | None
    base: str
    passed: bool | None
    sentence: str
    failure: Failure | None = None
    verdicts: list[Verdict] = []
    metrics: list[MetricChange] = []
    curves: list[Curve] = []
    data: list[DataChange] = []
    params: list[ValueChange] = []
    environment: list[ValueChange] = []
    notebooks: list[NotebookDiff] = []
    compared_notebooks: str = ""
    """What the notebooks are compared with, where that is not ``base``."""
    gaps: list[str] = []
    """What the model cards of the versions lack, each with how to fill it."""
    notes: list[str] = []

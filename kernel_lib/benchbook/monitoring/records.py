"""What is known of drift, performance and their limits, as plain frozen records that hold aggregates and no rows.

Every number here can be drawn or told again without the tables it came from: bars of both sides share one set of edges.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["number", "text", "boolean", "time", "other"]
State = Literal["compared", "constant", "missing", "type", "vanished", "new", "empty", "other"]


class Bar(msgspec.Struct, frozen=True):
    """One bar of a plot: shares of the present values of each side, in [0, 1].

    ``low`` and ``high`` limit numbers and times (seconds since 1970) as (low, high], None being an open end; ``label``
    names a category.
    """

    label: str
    low: float | None
    high: float | None
    reference: float
    chunk: float


class CategoryCount(msgspec.Struct, frozen=True):
    """A category as text, cut where it is long, and its rows."""

    value: str
    count: int


class ColumnDrift(msgspec.Struct, frozen=True):
    """How one column of a chunk differs from the reference; a statistic that is not defined here is None.

    NaN counts as missing. Distributions are compared over the values that are present and finite; shares of missing
    and infinite values are of all rows.
    """

    name: str
    kind: Kind
    state: State
    """"compared", or why not; "constant" columns (one value in the reference) are compared all the same."""
    reference_rows: int
    """Present, finite values of the reference."""
    chunk_rows: int
    """Present, finite values of the chunk."""
    problem: str = ""
    """One sentence where the state is not "compared"."""
    js: float | None = None
    """Jensen-Shannon distance, base 2, in [0, 1]: the effect size columns are sorted by."""
    psi: float | None = None
    """Population stability index, in nats."""
    ks: float | None = None
    """Kolmogorov-Smirnov statistic, in [0, 1]; numbers and times only."""
    ks_error: float = 0.0
    """The true statistic is at most this much above ``ks``; 0 where it is exact."""
    wasserstein: float | None = None
    """Wasserstein-1 distance divided by the reference's standard deviation; numbers and times only."""
    wasserstein_error: float = 0.0
    """The true distance is at most this much above ``wasserstein``; 0 where it is exact."""
    chi2: float | None = None
    """Chi-squared statistic of homogeneity; categories only."""
    chi2_p: float | None = None
    ks_p: float | None = None
    p_value: float | None = None
    """``ks_p`` or ``chi2_p``, corrected for the number of columns."""
    missing_before: float | None = None
    missing_after: float | None = None
    infinite_before: float = 0.0
    infinite_after: float = 0.0
    out_of_range: float = 0.0
    """Share of the chunk's finite values below the lowest or above the highest of the reference."""
    new_categories: list[CategoryCount] = []
    """The most frequent categories that the reference does not have."""
    new_count: int = 0
    """How many categories are new."""
    new_share: float = 0.0
    """Share of the chunk's present values that are in new categories."""
    vanished_categories: list[CategoryCount] = []
    """The reference's most frequent categories that the chunk does not have, with their rows in the reference."""
    vanished_count: int = 0
    bars: list[Bar] = []

    @property
    def exact(self) -> bool:
        """True if no statistic of this column is an approximation."""
        return not (self.ks_error or self.wasserstein_error)


class DriftReport(msgspec.Struct, frozen=True):
    """A chunk against its reference: what cannot be compared first, then by falling Jensen-Shannon distance."""

    reference: str
    chunk: str
    reference_rows: int
    chunk_rows: int
    columns: list[ColumnDrift]
    new_columns: list[str]
    vanished_columns: list[str]
    exact: bool
    bound: str
    """Says in a sentence how far statistics may be from exact ones."""
    seconds: float

    def column(self, name: str) -> ColumnDrift:
        """Return the column of that name.

        Raises:
            NotFound: it was not compared; lists near names.
        """
        from benchbook.errors import NotFound

        for column in self.columns:
            if column.name == name:
                return column
        raise NotFound("column", name, known=[column.name for column in self.columns])

    def _repr_html_(self) -> str:
        from benchbook.monitoring.html import drift_html

        return drift_html(self)


class Importance(msgspec.Struct, frozen=True):
    """By how much the classifier's AUC falls when this column is shuffled."""

    column: str
    drop: float


class DomainDrift(msgspec.Struct, frozen=True):
    """How well a classifier tells chunk rows from reference rows: AUC 0.5 not at all, 1 always.

    ``auc`` is None where ``reason`` says why it was not computed. ``low`` and ``high`` limit the 95 % interval.
    """

    auc: float | None
    low: float | None
    high: float | None
    reference_rows: int
    chunk_rows: int
    columns: list[Importance] = []
    reason: str = ""


class Metric(msgspec.Struct, frozen=True):
    """One metric over ``n`` labelled rows with a 95 % interval; ``value`` is None where ``reason`` says why."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str = ""
    """How the interval was made."""
    reason: str = ""


class Performance(msgspec.Struct, frozen=True):
    """Metrics of one chunk. ``n`` rows have a label and a prediction, ``unlabelled`` have no label yet."""

    task: Literal["binary", "number"]
    n: int
    unlabelled: int
    invalid: int
    """Labelled rows whose prediction is missing or not finite: left out, and counted here."""
    metrics: list[Metric]

    def metric(self, name: str) -> Metric:
        """Return the metric of that name.

        Raises:
            NotFound: there is none; lists near names.
        """
        from benchbook.errors import NotFound

        for metric in self.metrics:
            if metric.name == name:
                return metric
        raise NotFound("metric", name, known=[metric.name for metric in self.metrics])


class EstimatedMetric(msgspec.Struct, frozen=True):
    """A metric estimated without labels: the value the labels should show lies in [low, high] in 95 of 100 chunks.

    That holds while the calibration of the reference holds. ``error`` is the standard deviation behind the band.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    error: float | None
    reason: str = ""


class Estimate(msgspec.Struct, frozen=True):
    """Estimated performance of one chunk of ``n`` predictions."""

    n: int
    invalid: int
    metrics: list[EstimatedMetric]


class Grade(msgspec.Struct, frozen=True):
    """How far ``chunks`` past estimates of a metric were from what labels showed later."""

    name: str
    chunks: int
    error: float | None
    """Mean absolute error, in the metric's own unit."""
    bias: float | None
    """Mean of estimate minus truth: above 0 the estimates were too optimistic (for losses: too pessimistic)."""
    inside: float | None
    """Share of truths inside the band; 0.95 is what the band claims."""


Statistic = Literal["js", "missing", "infinite", "new_categories", "out_of_range"]


class Threshold(msgspec.Struct, frozen=True):
    """When to ring for one statistic of one column: above ``value``.

    ``value`` is the larger of ``null`` (what chance alone stays under) and ``floor`` (what is too small to matter).
    """

    column: str
    statistic: Statistic
    value: float
    null: float
    floor: float
    chunk_rows: int


class LookDetails(msgspec.Struct, frozen=True):
    """What a look at a chunk kept beside its drift report: the thresholds in force, and how predictions were spread."""

    thresholds: list[Threshold]
    prediction: ColumnDrift | None


class Alarm(msgspec.Struct, frozen=True):
    """One column over one threshold, in a sentence; ``threshold`` is None where nothing could be compared."""

    column: str
    statistic: str
    value: float | None
    threshold: float | None
    message: str

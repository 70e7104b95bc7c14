"""What the predictions of one chunk tell: how they are spread, how good they were, how good they seem to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput
from benchbook.monitoring.estimate import ESTIMATED, estimate, fit_calibrator
from benchbook.monitoring.formulas import js_distance
from benchbook.monitoring.performance import binary_performance, number_performance
from benchbook.monitoring.records import Bar, ColumnDrift
from benchbook.monitoring.state import PREDICTION
from benchbook.project.monitor_config import MonitorConfig

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.models import ModelVersion
    from benchbook.monitoring.records import Performance

Interval = tuple[float, float, float]
"""A value and its 95 % interval."""
_NUMBERS = ("rmse", "mae", "r2")
_BINS = 10


class Watched(msgspec.Struct, frozen=True):
    """What the predictions of a chunk tell; None is not known."""

    spread: ColumnDrift | None = None
    performance: Interval | None = None
    estimate: Interval | None = None
    baseline: float | None = None

    @property
    def drift(self) -> float | None:
        """Jensen-Shannon distance of the predictions from those on the reference."""
        return None if self.spread is None else self.spread.js


def predictions_of(model: Any, rows: pd.DataFrame) -> Any:
    """The probability of the second class where there are two, else what the model predicts; shape (n,).

    Raises:
        InvalidInput: the model fails on the rows, or has more than two classes.
    """
    if not len(rows):
        return []
    try:
        if not hasattr(model, "predict_proba"):
            return model.predict(rows)
        chances = model.predict_proba(rows)
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidInput(f"the model fails on the rows: {error}") from error
    if chances.shape[1] != 2:
        raise InvalidInput(f"a model of {chances.shape[1]} classes cannot be watched by one probability")
    return chances[:, 1]


def judged(
    monitor: MonitorConfig,
    served: ModelVersion,
    reference: tuple[Any, Any],
    chunk: tuple[Any, Any],
    notes: list[str],
    *,
    recent: tuple[Any, Any] | None = None,
) -> Watched:
    """Judge a chunk's predictions beside the reference's; each side is predictions and labels (None: there are none).

    Estimates are calibrated on ``recent`` predictions and labels where there are some, made before their labels came;
    else on the reference. What could not be computed is said in ``notes``.
    """
    (before, truth), (after, labels) = reference, chunk
    baseline, source = _baseline(monitor, served, before, truth)
    if baseline is not None:
        notes.append(f"{monitor.metric} is held against {baseline:.4g}, {source}.")
    return Watched(
        spread=_spread(before, after),
        performance=_performance(monitor, after, labels, notes),
        estimate=_estimate(monitor, recent or (before, truth), after, notes),
        baseline=baseline,
    )


def measured(metric: str, labels: Any, predictions: Any) -> Performance:
    """The performance that ``metric`` belongs to.

    Raises:
        InvalidInput: a label is neither yes nor no, or no number.
    """
    if metric in _NUMBERS:
        return number_performance(labels, predictions)
    return binary_performance(labels, predictions)


def interval_of(value: float | None, low: float | None, high: float | None) -> Interval | None:
    """The three as one, or None if one of them is not known."""
    return None if value is None or low is None or high is None else (value, low, high)


def _baseline(monitor: MonitorConfig, served: ModelVersion, before: Any, truth: Any) -> tuple[float | None, str]:
    """What the metric is held against: what the version showed on data kept back, else what it shows on the reference.

    On rows it has learned from, a model looks better than it is, and every chunk after would look like a drop.
    """
    for key in (f"valid_{monitor.metric}", f"test_{monitor.metric}", monitor.metric):
        value = served.metrics.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value), f"the {key} that {served.ref} was registered with"
    if truth is None:
        return None, ""
    try:
        found = measured(monitor.metric, truth, before).metric(monitor.metric)
    except InvalidInput:
        return None, ""
    return found.value, f"what {served.ref} reaches on the reference, which it may have learned from"


def _performance(monitor: MonitorConfig, after: Any, labels: Any, notes: list[str]) -> Interval | None:
    if not monitor.target:
        return None
    if labels is None:
        notes.append("There are no labels yet.")
        return None
    try:
        found = measured(monitor.metric, labels, after).metric(monitor.metric)
    except InvalidInput as error:
        notes.append(f"{monitor.metric} was not computed: {error.what}")
        return None
    if found.reason:
        notes.append(f"{monitor.metric} was not computed: {found.reason}")
    return interval_of(found.value, found.low, found.high)


def _estimate(monitor: MonitorConfig, reference: tuple[Any, Any], after: Any, notes: list[str]) -> Interval | None:
    before, truth = reference
    if monitor.metric not in ESTIMATED or truth is None:
        return None
    try:
        asked = estimate(fit_calibrator(truth, before), after)
    except InvalidInput as error:
        notes.append(f"{monitor.metric} was not estimated: {error.what}")
        return None
    found = next(metric for metric in asked.metrics if metric.name == monitor.metric)
    if found.reason:
        notes.append(f"{monitor.metric} was not estimated: {found.reason}")
    return interval_of(found.value, found.low, found.high)


def _spread(before: Any, after: Any) -> ColumnDrift | None:
    """How two sets of predictions are spread over the reference's deciles, and their Jensen-Shannon distance."""
    import numpy as np

    first, second = (np.asarray(side, dtype=float) for side in (before, after))
    first, second = first[np.isfinite(first)], second[np.isfinite(second)]
    if not len(first) or not len(second):
        return None
    edges = np.unique(np.quantile(first, np.linspace(0, 1, _BINS + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) for side in (first, second)]
    shares = [count / count.sum() for count in counts]
    limits = [None, *map(float, edges), None]
    bars = [
        Bar("", low, high, float(one), float(other))
        for low, high, one, other in zip(limits, limits[1:], *shares, strict=False)
    ]
    js = js_distance(*counts)
    return ColumnDrift(PREDICTION, "number", "compared", len(first), len(second), js=js, bars=bars)

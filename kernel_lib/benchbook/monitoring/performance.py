"""Performance of one chunk once labels came: each metric with an interval, or the reason why it cannot be told.

Nothing raises for a chunk that is only small, unlabelled or of one class: those are ordinary days, and said so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchbook.errors import InvalidInput
from benchbook.monitoring import intervals
from benchbook.monitoring.intervals import Interval
from benchbook.monitoring.ranking import Ranking
from benchbook.monitoring.records import Metric, Performance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

AT_LEAST = 10
"""Labelled rows below which no metric is told."""
BINARY_METRICS = ("roc_auc", "average_precision", "accuracy", "f1", "brier", "log_loss")
NUMBER_METRICS = ("rmse", "mae", "r2")


def binary_performance(labels: Sequence[Any], scores: Sequence[Any], *, cut: float = 0.5) -> Performance:
    """Return roc_auc, average_precision, accuracy, f1, brier and log_loss of a chunk.

    ``labels`` are 0 and 1 or False and True, None or NaN where none came yet; ``scores`` are the predicted
    probabilities of 1, and rows from ``cut`` up count as predicted 1. Values agree with scikit-learn's.

    Raises:
        InvalidInput: the lengths differ, or a label is neither 0 nor 1.
    """
    known, predicted, unlabelled, invalid = _paired(labels, scores)
    wrong = known[(known != 0) & (known != 1)]
    if len(wrong):
        raise InvalidInput(f"A label is {wrong[0]:g}.", hint="Labels of a yes/no prediction are 0 and 1.")
    reason = _too_few(len(known), unlabelled)
    if reason:
        metrics = [_no(name, len(known), reason) for name in BINARY_METRICS]
    else:
        truth = known == 1
        metrics = [*_ranked(truth, predicted), *_decided(truth, predicted >= cut), *_probable(truth, predicted)]
    return Performance("binary", len(known), unlabelled, invalid, metrics)


def number_performance(labels: Sequence[Any], predictions: Sequence[Any]) -> Performance:
    """Return rmse, mae (in the labels' own unit) and r2 of a chunk; labels are None or NaN where none came yet.

    Raises:
        InvalidInput: the lengths differ, or a label is no number.
    """
    known, predicted, unlabelled, invalid = _paired(labels, predictions)
    reason = _too_few(len(known), unlabelled)
    metrics = [_no(name, len(known), reason) for name in NUMBER_METRICS] if reason else _errors(known, predicted)
    return Performance("number", len(known), unlabelled, invalid, metrics)


def as_floats(values: Sequence[Any], what: str) -> Floats:
    """Return values as float64, None as NaN.

    Raises:
        InvalidInput: they are not one row of numbers.
    """
    import numpy as np
    import pandas as pd

    try:
        # Through pandas, which knows the missing values of its own and of Arrow's types.
        floats: Floats = pd.Series(values).to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"The {what} are not all numbers: {error}") from error
    return floats


def _paired(labels: Sequence[Any], scores: Sequence[Any]) -> tuple[Floats, Floats, int, int]:
    """Labels and predictions of the rows that have both, how many have no label, and how many no usable prediction."""
    import numpy as np

    known, predicted = as_floats(labels, "labels"), as_floats(scores, "predictions")
    if len(known) != len(predicted):
        raise InvalidInput(f"There are {len(known):,} labels and {len(predicted):,} predictions.")
    labelled = np.isfinite(known)
    usable = labelled & np.isfinite(predicted)
    return known[usable], predicted[usable], int((~labelled).sum()), int(labelled.sum() - usable.sum())


def _too_few(n: int, unlabelled: int) -> str:
    if n == 0:
        return f"None of {unlabelled:,} rows has a label yet." if unlabelled else "There are no rows."
    return f"Only {n} labelled rows; at least {AT_LEAST} are needed." if n < AT_LEAST else ""


def _ranked(truth: NDArray[np.bool_], scores: Floats) -> list[Metric]:
    n, positives = len(truth), int(truth.sum())
    if positives in (0, n):
        reason = f"All {n:,} labels are {int(positives > 0)}: nothing can be ranked."
        return [_no(name, n, reason) for name in ("roc_auc", "average_precision")]
    ranking = Ranking(scores)
    weights = truth.astype(float)
    auc, precision = ranking.roc_auc(weights), ranking.average_precision(weights)
    assert auc is not None
    assert precision is not None
    variance = intervals.delong_variance(scores, truth)
    auc_interval = intervals.auc_interval(auc, variance, positives, n - positives)
    return [
        _metric("roc_auc", auc, auc_interval, n, "DeLong 1988, logit"),
        _metric(
            "average_precision",
            precision,
            intervals.precision_interval(precision, positives),
            n,
            "Boyd, Eng & Page 2013",
        ),
    ]


def _decided(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> list[Metric]:
    n = len(truth)
    right = float((truth == said).mean())
    hits, alarms, missed = int((truth & said).sum()), int((~truth & said).sum()), int((truth & ~said).sum())
    accuracy = _metric("accuracy", right, intervals.wilson(right, n), n, "Wilson 1927")
    if not (hits or alarms or missed):
        return [accuracy, _no("f1", n, "No label and no prediction is 1.")]
    f1 = 2 * hits / (2 * hits + alarms + missed)
    cells = (hits, alarms, missed, n - hits - alarms - missed)
    return [accuracy, _metric("f1", f1, intervals.f1_interval(cells), n, "bootstrap, Efron & Tibshirani 1993")]


def _probable(truth: NDArray[np.bool_], scores: Floats) -> list[Metric]:
    import numpy as np

    n = len(truth)
    outside = scores[(scores < 0) | (scores > 1)]
    if len(outside):
        reason = f"A prediction is {outside[0]:g}, which is no probability."
        return [_no("brier", n, reason), _no("log_loss", n, reason)]
    brier = (scores - truth) ** 2
    # A probability of exactly 0 or 1 that was wrong costs much, not infinitely much; scikit-learn clips here too.
    tiny = np.finfo(np.float64).eps
    clipped = np.clip(scores, tiny, 1 - tiny)
    losses = -np.log(np.where(truth, clipped, 1 - clipped))
    return [_mean("brier", brier), _mean("log_loss", losses)]


def _errors(labels: Floats, predictions: Floats) -> list[Metric]:
    import numpy as np

    n = len(labels)
    apart = predictions - labels
    with np.errstate(over="ignore", invalid="ignore"):
        squares = apart**2
        mse, spread = float(squares.mean()), (labels - labels.mean()) ** 2
    rmse = math.sqrt(mse)
    half = _half(squares) / (2 * rmse) if rmse else 0.0
    found = [
        _metric("rmse", rmse, (max(0.0, rmse - half), rmse + half), n, "delta method, normal"),
        _mean("mae", np.abs(apart)),
    ]
    variance = float(spread.mean())
    if not variance:
        return [*found, _no("r2", n, f"All labels are {labels[0]:g}.")]
    r2 = 1 - mse / variance
    # Influence of each row on 1 - mse / variance (Efron & Tibshirani 1993, chapter 21).
    half = _half(-(squares - mse) / variance + mse * (spread - variance) / variance**2)
    return [*found, _metric("r2", r2, (r2 - half, min(1.0, r2 + half)), n, "influence function, normal")]


def _half(parts: Floats) -> float:
    return intervals.Z * float(parts.std(ddof=1)) / math.sqrt(len(parts))


def _mean(name: str, parts: Floats) -> Metric:
    interval = intervals.mean_interval(parts, lowest=0.0)
    return _metric(name, float(parts.mean()), interval, len(parts), "normal, mean of rows")


def _metric(name: str, value: float, interval: Interval, n: int, method: str) -> Metric:
    if not math.isfinite(value):
        return _no(name, n, "The numbers are too large to be squared.")
    if interval is None or not all(map(math.isfinite, interval)):
        return Metric(name, value, None, None, n)
    return Metric(name, value, *interval, n, method)


def _no(name: str, n: int, reason: str) -> Metric:
    return Metric(name, None, None, None, n, reason=reason)

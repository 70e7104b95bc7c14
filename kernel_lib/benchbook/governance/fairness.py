"""Fairness by group: fairlearn's MetricFrame gives the values, a bootstrap within each group says how sure they are.

Groups below a number of rows are left out before anything is computed: their values would be noise, and could tell
about single people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput
from benchbook.governance.records import GroupValue, Interval

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DRAWS = 1_000
CONFIDENCE = 0.95
GROUP_LIMIT = 100
_MISSING = "(missing)"
_CELLS = ("true negatives", "false positives", "false negatives", "true positives")
# numerator and denominator of each metric, as positions in _CELLS
_RATIOS: dict[str, tuple[list[int], list[int]]] = {
    "selection_rate": ([1, 3], [0, 1, 2, 3]),
    "accuracy": ([0, 3], [0, 1, 2, 3]),
    "precision": ([3], [1, 3]),
    "recall": ([3], [2, 3]),
    "true_positive_rate": ([3], [2, 3]),
    "false_positive_rate": ([1], [0, 1]),
    "false_negative_rate": ([2], [2, 3]),
}


class Fairness(msgspec.Struct, frozen=True):
    """A metric by group, and how far apart the groups are; smallest over largest, and largest minus smallest."""

    metric: str
    column: str
    groups: list[GroupValue]
    left_out: int
    """Groups with too few rows, neither shown nor counted."""
    ratio: float | None
    """None where every group's value is 0."""
    ratio_interval: Interval | None
    difference: float
    difference_interval: Interval


def measure_fairness(
    metric: str,
    truth: np.ndarray[Any, Any],
    predicted: np.ndarray[Any, Any],
    groups: pd.Series[Any],
    *,
    min_rows: int,
    seed: int,
) -> Fairness:
    """Compare ``metric`` of 0/1 predictions (n,) against the 0/1 truth (n,) between groups (n,) of ``min_rows`` rows.

    Definitions: fairlearn.metrics, MetricFrame.ratio and .difference with method "between_groups" (Weerts et al. 2023,
    "Fairlearn: Assessing and Improving Fairness of AI Systems", JMLR 24). Intervals: two-sided percentile bootstrap at
    `CONFIDENCE` (Efron & Tibshirani 1993, ch. 13), rows drawn within each group. All these metrics depend on the four
    confusion counts only, and the counts of a resample are one multinomial draw, so that is what is drawn.

    Raises:
        InvalidInput: fewer than two groups are left, too many are, or a group has no row the metric is about.
    """
    import numpy as np

    label = groups.astype(object).where(groups.notna(), _MISSING).astype(str)
    sizes = label.value_counts()
    kept = sorted(sizes.index[sizes >= min_rows])
    column = str(groups.name)
    _check_groups(column, len(kept), len(sizes), min_rows)
    counts = {group: _confusion(truth[label == group], predicted[label == group]) for group in kept}
    _check_defined(metric, column, counts)
    here = label.isin(kept).to_numpy()
    frame = _metric_frame(metric, truth[here], predicted[here], label[here])
    rng = np.random.default_rng(seed)
    drawn = np.stack([_drawn(metric, counts[group], rng) for group in kept])
    rows = [int(sizes[group]) for group in kept]
    values = [
        GroupValue(group, count, float(frame.by_group[group]), _interval(of_group, count, seed))
        for group, count, of_group in zip(kept, rows, drawn, strict=True)
    ]
    low, high = np.fmin.reduce(drawn), np.fmax.reduce(drawn)
    ratios = np.divide(low, high, out=np.full_like(low, np.nan), where=high > 0)
    has_ratio = max(value.value for value in values) > 0
    return Fairness(
        metric,
        column,
        values,
        left_out=len(sizes) - len(kept),
        ratio=float(frame.ratio(method="between_groups")) if has_ratio else None,
        ratio_interval=_interval(ratios, sum(rows), seed) if has_ratio else None,
        difference=float(frame.difference(method="between_groups")),
        difference_interval=_interval(high - low, sum(rows), seed),
    )


def _check_groups(column: str, kept: int, found: int, min_rows: int) -> None:
    if kept < 2:
        what = f"{kept} of {found} groups of {column!r} have at least {min_rows} rows: nothing to compare."
        raise InvalidInput(what, hint="Judge on more rows, or on a coarser column.")
    if kept > GROUP_LIMIT:
        raise InvalidInput(f"{column!r} has {kept} groups; at most {GROUP_LIMIT} are compared.")


def _confusion(truth: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The four counts in the order of `_CELLS`."""
    import numpy as np

    cells: np.ndarray[Any, Any] = np.bincount(truth.astype(int) * 2 + predicted.astype(int), minlength=4)
    return cells


def _check_defined(metric: str, column: str, counts: dict[str, np.ndarray[Any, Any]]) -> None:
    below = _RATIOS[metric][1]
    for group, cells in counts.items():
        if cells[below].sum() == 0:
            cause = " and ".join(_CELLS[at] for at in below)
            raise InvalidInput(f"The {metric} of group {group!r} of {column!r} is undefined: it has no {cause}.")


def _metric_frame(
    metric: str, truth: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], groups: pd.Series[Any]
) -> Any:
    from fairlearn.metrics import MetricFrame

    function = _functions()[metric]
    return MetricFrame(metrics=function, y_true=truth, y_pred=predicted, sensitive_features=groups.to_numpy())


def _functions() -> dict[str, Callable[..., float]]:
    from fairlearn import metrics as fair
    from sklearn import metrics as plain

    return {
        "selection_rate": fair.selection_rate,
        "accuracy": plain.accuracy_score,
        "precision": plain.precision_score,
        "recall": plain.recall_score,
        "true_positive_rate": fair.true_positive_rate,
        "false_positive_rate": fair.false_positive_rate,
        "false_negative_rate": fair.false_negative_rate,
    }


def _drawn(metric: str, cells: np.ndarray[Any, Any], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """The metric in `DRAWS` resamples of a group; NaN where a resample leaves it undefined."""
    import numpy as np

    draws = rng.multinomial(int(cells.sum()), cells / cells.sum(), size=DRAWS).astype(float)
    above, below = _RATIOS[metric]
    under = draws[:, below].sum(axis=1)
    values: np.ndarray[Any, Any] = np.full(DRAWS, np.nan)
    np.divide(draws[:, above].sum(axis=1), under, out=values, where=under > 0)
    return values


def _interval(values: np.ndarray[Any, Any], units: int, seed: int) -> Interval:
    import numpy as np

    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(values, [tail, 1 - tail])
    return Interval(float(low), float(high), CONFIDENCE, DRAWS, units, seed)

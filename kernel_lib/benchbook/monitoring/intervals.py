"""95 % intervals of metrics, analytic where there is a published formula, so that any number of rows costs one pass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchbook.monitoring.ranking import placements

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Interval = tuple[float, float] | None
Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""
_DRAWS = 2_000
_ALPHA = 0.05


def delong_variance(scores: Floats, is_positive: NDArray[np.bool_]) -> float | None:
    """Return the variance of the ROC AUC by DeLong, DeLong & Clarke-Pearson 1988; None below two rows of a class."""
    below, above = placements(scores, is_positive)
    if min(len(below), len(above)) < 2:
        return None
    return float(below.var(ddof=1) / len(below) + above.var(ddof=1) / len(above))


def auc_interval(auc: float, variance: float | None, positives: int, negatives: int) -> Interval:
    """Return the interval of a ROC AUC on the logit scale, which keeps it in [0, 1] (Pepe 2003, section 5.2).

    An AUC of 0 or 1 has no variance: then the exact binomial bound of Clopper & Pearson 1934 over the rarer class.
    """
    if variance is None:
        return None
    if variance <= 0 or not 0 < auc < 1:
        bound = (_ALPHA / 2) ** (1 / min(positives, negatives))
        return (bound, 1.0) if auc > 0.5 else (0.0, 1 - bound)
    return _logit(auc, math.sqrt(variance) / (auc * (1 - auc)))


def precision_interval(precision: float, positives: int) -> Interval:
    """Return the logit interval of an average precision (Boyd, Eng & Page 2013, section 3); None at 0 and 1."""
    if not 0 < precision < 1:
        return None
    return _logit(precision, 1 / math.sqrt(positives * precision * (1 - precision)))


def wilson(share: float, n: int) -> Interval:
    """Return the score interval of a share of ``n`` rows (Wilson 1927)."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def f1_interval(cells: tuple[int, int, int, int]) -> Interval:
    """Return the percentile bootstrap interval of F1 from true/false positives and false/true negatives.

    Drawing rows again is drawing these four counts again, so it costs the same for any number of rows (Efron &
    Tibshirani 1993, chapter 13). The seed is fixed.
    """
    import numpy as np

    n = sum(cells)
    drawn = np.random.default_rng(0).multinomial(n, np.asarray(cells) / n, size=_DRAWS)
    right, wrong = 2 * drawn[:, 0], drawn[:, 1] + drawn[:, 2]
    values = right / np.maximum(right + wrong, 1)
    low, high = np.quantile(values, [_ALPHA / 2, 1 - _ALPHA / 2])
    return float(low), float(high)


def mean_interval(parts: Floats, *, lowest: float = -math.inf) -> Interval:
    """Return the normal interval of a mean; ``lowest`` is where it is cut. None below two rows."""
    if len(parts) < 2:
        return None
    half = Z * float(parts.std(ddof=1)) / math.sqrt(len(parts))
    middle = float(parts.mean())
    return max(lowest, middle - half), middle + half


def _logit(value: float, error: float) -> Interval:
    middle = math.log(value / (1 - value))
    low, high = (1 / (1 + math.exp(-max(-700.0, min(700.0, middle + sign * Z * error)))) for sign in (-1, 1))
    return low, high

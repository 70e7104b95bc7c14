"""The statistics of drift as pure functions of counts or sorted values, each with its source.

Two samples are always the reference first and the chunk second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[Any]

RARE = 5.0
"""Expected counts below this are pooled for the chi-squared test (Cochran 1954, "Some methods for strengthening the
common chi-squared tests", Biometrics 10)."""


class Chi2(msgspec.Struct, frozen=True):
    """A test of homogeneity: statistic, degrees of freedom, p-value."""

    statistic: float
    df: int
    p: float


class Distances(msgspec.Struct, frozen=True):
    """Kolmogorov-Smirnov statistic and Wasserstein distance in the values' own unit, and how far they may be off."""

    ks: float
    wasserstein: float | None
    ks_error: float = 0.0
    wasserstein_error: float = 0.0


def psi(reference: Counts, chunk: Counts) -> float | None:
    """Return the population stability index of two rows of counts over the same bins, in nats.

    PSI = sum((q - p) ln(q / p)) over the bins (Siddiqi 2006, "Credit Risk Scorecards"; its sampling distribution:
    Yurdakul 2018). A bin that is empty on one side counts there as half a row, and shares are taken after that; a bin
    that is empty on both sides is left out. None if a side has no rows.
    """
    import numpy as np

    if not (reference.sum() and chunk.sum()):
        return None
    used = (reference > 0) | (chunk > 0)
    p, q = (_shares(np.where(side[used] > 0, side[used], 0.5)) for side in (reference, chunk))
    return float(np.sum((q - p) * np.log(q / p)))


def js_distance(reference: Counts, chunk: Counts) -> float | None:
    """Return the Jensen-Shannon distance of two rows of counts over the same bins, base 2, in [0, 1].

    The square root of the divergence of Lin 1991, "Divergence measures based on the Shannon entropy"; a metric by
    Endres & Schindelin 2003. Needs no smoothing. None if a side has no rows.
    """
    import numpy as np

    if not (reference.sum() and chunk.sum()):
        return None
    return float(np.sqrt(js_divergence(_shares(reference), _shares(chunk))))


def js_divergence(p: Floats, q: Floats) -> Any:
    """Return the Jensen-Shannon divergence, base 2, along the last axis of shares."""
    import numpy as np

    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        left = np.where(p > 0, p * np.log2(p / middle), 0.0)
        right = np.where(q > 0, q * np.log2(q / middle), 0.0)
    return np.clip((left.sum(axis=-1) + right.sum(axis=-1)) / 2, 0.0, 1.0)


def chi2_homogeneity(reference: Counts, chunk: Counts) -> Chi2 | None:
    """Return Pearson's chi-squared test that both rows of counts come from one distribution.

    Categories with an expected count below `RARE` on either side are pooled into one, so that the p-value stays usable
    with thousands of categories. No continuity correction (Pearson 1900). None if a side has no rows.
    """
    import numpy as np
    from scipy.special import chdtrc

    table = np.vstack([reference, chunk]).astype(float)
    sides = table.sum(axis=1)
    if not sides.all():
        return None
    expected = np.outer(sides, table.sum(axis=0)) / sides.sum()
    rare = (expected < RARE).any(axis=0)
    table = np.hstack([table[:, ~rare], table[:, rare].sum(axis=1, keepdims=True)])
    table = table[:, table.sum(axis=0) > 0]
    df = table.shape[1] - 1
    if df == 0:
        return Chi2(0.0, 0, 1.0)
    expected = np.outer(sides, table.sum(axis=0)) / sides.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return Chi2(statistic, df, float(chdtrc(df, statistic)))


def distances(reference: Floats, chunk: Floats) -> Distances:
    """Return the exact two-sample distances of two sorted, finite, non-empty samples.

    KS is the largest distance of the empirical distribution functions (Smirnov 1939); Wasserstein-1 is the area
    between them (Vallender 1974). One merge of the sorted samples serves both: a stable sort of two sorted runs is one.
    """
    import numpy as np

    n, m = len(reference), len(chunk)
    values = np.concatenate([reference, chunk])
    order = np.argsort(values, kind="stable")
    values = values[order]
    # n * m times the difference of the distribution functions behind each value, in whole numbers.
    apart = np.where(order < n, m, -n)
    np.abs(np.cumsum(apart, out=apart), out=apart)
    with np.errstate(over="ignore", invalid="ignore"):
        gaps = np.diff(values)
        area = float(apart[:-1] @ gaps) / (n * m)
    ks = int((apart[:-1] * (gaps > 0)).max(initial=0)) / (n * m)
    return Distances(ks, area if np.isfinite(area) else None)


def ks_p(statistic: float, n: int, m: int) -> float:
    """Return the asymptotic two-sided p-value of the two-sample KS statistic (Kolmogorov 1933, Smirnov 1948).

    With ties it is conservative: the true p-value is smaller.
    """
    from scipy.special import kolmogorov

    return float(kolmogorov(statistic * (n * m / (n + m)) ** 0.5))


def corrected(p_values: list[float]) -> list[float]:
    """Return p-values adjusted for their number by Benjamini & Hochberg 1995 (false discovery rate)."""
    import numpy as np

    if not p_values:
        return []
    values = np.asarray(p_values)
    order = np.argsort(values)
    scaled = values[order] * len(values) / np.arange(1, len(values) + 1)
    adjusted = np.empty_like(scaled)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return [float(value) for value in adjusted]


def _shares(counts: Counts) -> Floats:
    shares: Floats = counts / counts.sum()
    return shares

"""Is the new version better, or is it luck? A paired bootstrap of the difference of two models on the same rows.

Both models keep their scores; what is drawn again and again are rows, or whole clusters of rows where rows share their
luck (the flights of one day share its weather), so that neither model ever sees other rows than the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from benchbook.errors import InvalidInput
from benchbook.gates.metrics import METRICS, metric_value, weighted
from benchbook.governance.records import Interval

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DRAWS = 1_000
_CHUNK = 2_000_000
"""Weights held at once, about 16 MB."""
_UNDEFINED = 0.1
"""Share of resamples that may leave the metric undefined, as one without any positive does."""


class Comparison(NamedTuple):
    """Values of both, the improvement (positive is better, whatever the metric) and its lower bound."""

    new: float
    old: float
    improvement: float
    interval: Interval


def compare(
    name: str, truth: Array, new: Array, old: Array, *, clusters: Array | None, confidence: float, seed: int
) -> Comparison:
    """Compare what two models gave (n,) on the same rows by metric ``name``; ``clusters`` (n,) are codes from 0.

    The lower bound is that of a one-sided percentile interval at ``confidence`` (Efron & Tibshirani 1993, "An
    Introduction to the Bootstrap", ch. 13) with the level widened for few units, see `percentile_level`; clusters are
    drawn whole (Field & Welsh 2007, "Bootstrapping clustered data", JRSS B 69).

    Raises:
        InvalidInput: there are fewer than two units, or too many resamples leave the metric undefined.
    """
    import numpy as np

    units = len(truth) if clusters is None else int(clusters.max(initial=-1)) + 1
    if units < 2:
        raise InvalidInput(f"There {'is' if units == 1 else 'are'} {units} to draw from; at least 2 are needed.")
    sign = 1.0 if METRICS[name].higher else -1.0
    values = [metric_value(name, truth, given) for given in (new, old)]
    drawn = sign * improvements(name, truth, new, old, clusters=clusters, seed=seed)
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < (1 - _UNDEFINED) * DRAWS:
        what = f"{DRAWS - len(defined)} of {DRAWS} resamples leave {name} undefined: one class is too rare here."
        raise InvalidInput(what, hint="Judge on more rows.")
    low = float(np.quantile(defined, percentile_level(confidence, units)))
    interval = Interval(low, None, float(confidence), DRAWS, units, seed)
    return Comparison(values[0], values[1], sign * (values[0] - values[1]), interval)


def improvements(
    name: str, truth: Array, new: Array, old: Array, *, clusters: Array | None, seed: int, draws: int = DRAWS
) -> Array:
    """The difference new - old of the metric in each resample (draws,)."""
    import numpy as np

    units = len(truth) if clusters is None else int(clusters.max()) + 1
    ours, theirs = weighted(name, truth, new), weighted(name, truth, old)
    parts = []
    for counts in resamples(units, draws, seed, width=len(truth)):
        weights = counts if clusters is None else counts[:, clusters]
        parts.append(ours(weights) - theirs(weights))
    return np.concatenate(parts)


def resamples(units: int, draws: int, seed: int, *, width: int = 0) -> Iterator[Array]:
    """How often each of ``units`` was drawn, as chunks (d, units); ``width`` is how wide the caller makes them."""
    import numpy as np

    rng = np.random.default_rng(seed)
    chunk = max(1, min(draws, _CHUNK // max(units, width, 1)))
    for begun in range(0, draws, chunk):
        size = min(chunk, draws - begun)
        yield np.stack([np.bincount(rng.integers(0, units, units), minlength=units) for _ in range(size)]).astype(float)


def percentile_level(confidence: float, units: int) -> float:
    """The level at which the lower percentile is taken: 1 - confidence, widened for few ``units``.

    With n units the bootstrap is too narrow by about sqrt((n-1)/n) and ignores Student's heavier tails; the expanded
    percentile interval takes the level Phi(-sqrt(n/(n-1)) t(n-1)) instead (Hesterberg 2015, "What Teachers Should Know
    About the Bootstrap", The American Statistician 69, section 3.2).
    """
    from scipy.stats import norm, t

    return float(norm.cdf((units / (units - 1)) ** 0.5 * t.ppf(1 - confidence, units - 1)))

"""Performance estimated before labels come, from calibrated probabilities alone: CBPE, with its error and its record.

Confidence-based performance estimation: Kivimäki, Białek, Kuberski & Nurminen 2025, "Confidence-based Estimators for
Predictive Performance in Model Monitoring" (JAIR 82), as in NannyML. If p is the true probability of a row's label
being 1, the expected confusion matrix, and each metric made of it, follow from p without the label. It holds while the
link between score and label is that of the reference: it sees inputs drift, and is blind to concept drift. So every
estimator carries a grade: how far its past estimates were from what labels showed later.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput
from benchbook.monitoring.intervals import Z
from benchbook.monitoring.performance import AT_LEAST, as_floats
from benchbook.monitoring.ranking import Ranking
from benchbook.monitoring.records import Estimate, EstimatedMetric, Grade, Performance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ESTIMATED = ("roc_auc", "average_precision", "accuracy", "f1", "brier")
_REFITS = 20
_DRAWS = 200
_DRAWN_ROWS = 20_000


class Curve(msgspec.Struct, frozen=True):
    """A rising line from score to probability, through points; constant beyond its ends."""

    scores: list[float]
    probabilities: list[float]

    def at(self, scores: Floats) -> Floats:
        """Return the probability for each score."""
        import numpy as np

        found: Floats = np.interp(scores, self.scores, self.probabilities)
        return found


class Calibrator(msgspec.Struct, frozen=True):
    """What a reference of ``n`` labelled rows says of scores: the curve, and curves refitted to drawn rows.

    The refits tell how much of an estimate is owed to the reference being finite.
    """

    n: int
    curve: Curve
    refits: list[Curve]


def fit_calibrator(labels: Sequence[Any], scores: Sequence[Any], *, seed: int = 0) -> Calibrator:
    """Fit isotonic calibration (Zadrozny & Elkan 2002) on a reference's labels (0 and 1) and predicted probabilities.

    Rows without label or prediction are left out.

    Raises:
        InvalidInput: the lengths differ, a label is neither 0 nor 1, or fewer than `AT_LEAST` rows are left or all of
            one class.
    """
    import numpy as np

    truth, predicted = as_floats(labels, "labels"), as_floats(scores, "predictions")
    if len(truth) != len(predicted):
        raise InvalidInput(f"There are {len(truth):,} labels and {len(predicted):,} predictions.")
    usable = np.isfinite(truth) & np.isfinite(predicted)
    truth, predicted = truth[usable], predicted[usable]
    if not np.isin(truth, (0, 1)).all():
        raise InvalidInput("A label is neither 0 nor 1.", hint="Estimation is for yes/no predictions.")
    if len(truth) < AT_LEAST or truth.min() == truth.max():
        hint = "Give a reference period with outcomes of both kinds."
        raise InvalidInput(f"{len(truth)} labelled rows of one kind or too few cannot calibrate scores.", hint=hint)
    order = np.argsort(predicted, kind="stable")  # once: how often a row is drawn is its weight in a refit
    truth, predicted = truth[order], predicted[order]
    chance = np.random.default_rng(seed)
    refits = []
    for _ in range(_REFITS):
        drawn = np.bincount(chance.integers(0, len(truth), len(truth)), minlength=len(truth))
        kept = drawn > 0
        refits.append(_fit(truth[kept], predicted[kept], drawn[kept]))
    return Calibrator(len(truth), _fit(truth, predicted), refits)


def estimate(calibrator: Calibrator, scores: Sequence[Any], *, cut: float = 0.5, seed: int = 0) -> Estimate:
    """Estimate the metrics `ESTIMATED` of a chunk from its predicted probabilities; ``cut`` as in `binary_performance`.

    Calibration fitted to the rows it is judged by looks sharper than it is. How much, the refits tell: what they give
    on average beyond the first fit is subtracted (bootstrap bias correction, Efron & Tibshirani 1993, section 10.6).
    The error has two sources, added as variances: labels are drawn anew 200 times from the calibrated probabilities
    (on at most 20,000 rows, and scaled), and the calibration is refitted to drawn reference rows. The band is the
    estimate plus and minus 1.96 errors, cut to [0, 1]. On simulated chunks whose inputs drifted, 95 % bands held 95 %
    of truths, for average precision 82 %: an estimator's own `grade` tells what its bands are worth.
    """
    import numpy as np

    given = as_floats(scores, "predictions")
    usable = given[np.isfinite(given)]
    invalid = len(given) - len(usable)
    if len(usable) < AT_LEAST:
        reason = f"Only {len(usable)} predictions; at least {AT_LEAST} are needed."
        return Estimate(
            len(usable), invalid, [EstimatedMetric(name, None, None, None, None, reason) for name in ESTIMATED]
        )
    asked = _asked(usable, cut)
    chance = calibrator.curve.at(usable)
    by_labels = _label_errors(usable, chance, cut, seed)
    refitted = [curve.at(usable) for curve in calibrator.refits]
    metrics = [
        _told(name, ask(chance), [ask(other) for other in refitted], by_labels[name]) for name, ask in asked.items()
    ]
    return Estimate(len(usable), invalid, metrics)


def grade(estimates: Sequence[Estimate], truths: Sequence[Performance]) -> list[Grade]:
    """Grade past estimates by what labels showed for the same chunks, in the same order.

    Raises:
        InvalidInput: there are not as many of one as of the other.
    """
    if len(estimates) != len(truths):
        raise InvalidInput(f"There are {len(estimates)} estimates and {len(truths)} truths.")
    found: dict[str, list[tuple[float, bool]]] = {name: [] for name in ESTIMATED}
    for estimated, truth in zip(estimates, truths, strict=True):
        true = {metric.name: metric.value for metric in truth.metrics}
        for metric in estimated.metrics:
            value = true.get(metric.name)
            if value is not None and metric.value is not None and metric.low is not None and metric.high is not None:
                found[metric.name].append((metric.value - value, metric.low <= value <= metric.high))
    return [_graded(name, pairs) for name, pairs in found.items()]


def _graded(name: str, pairs: list[tuple[float, bool]]) -> Grade:
    n = len(pairs)
    if not n:
        return Grade(name, 0, None, None, None)
    apart = [difference for difference, _ in pairs]
    inside = sum(is_inside for _, is_inside in pairs)
    return Grade(name, n, sum(map(abs, apart)) / n, sum(apart) / n, inside / n)


def _fit(truth: Floats, scores: Floats, weights: Any = None) -> Curve:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(scores, truth, weights)
    return Curve(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist())


def _asked(scores: Floats, cut: float) -> dict[str, Callable[[Floats], float | None]]:
    """The metrics as functions of each row's probability of being 1 (or of its label, which is 0 or 1)."""
    ranking = Ranking(scores)
    said = scores >= cut

    def accuracy(chance: Floats) -> float:
        return float((chance * said + (1 - chance) * ~said).mean())

    def f1(chance: Floats) -> float | None:
        hits, all_positive = float(chance[said].sum()), float(chance.sum())
        total = int(said.sum()) + all_positive
        return 2 * hits / total if total > 1e-12 else None

    def brier(chance: Floats) -> float | None:
        if scores.min() < 0 or scores.max() > 1:
            return None
        return float((chance * (1 - scores) ** 2 + (1 - chance) * scores**2).mean())

    return {
        "roc_auc": ranking.roc_auc,
        "average_precision": ranking.average_precision,
        "accuracy": accuracy,
        "f1": f1,
        "brier": brier,
    }


def _label_errors(scores: Floats, chance: Floats, cut: float, seed: int) -> dict[str, float]:
    """How much each metric varies because labels are drawn."""
    import numpy as np

    random = np.random.default_rng(seed)
    n = len(scores)
    if n > _DRAWN_ROWS:
        some = random.choice(n, _DRAWN_ROWS, replace=False)
        scores, chance = scores[some], chance[some]
    asked = _asked(scores, cut)
    draws: dict[str, list[float | None]] = {name: [] for name in asked}
    for _ in range(_DRAWS):
        labels = (random.random(len(chance)) < chance).astype(float)
        for name, ask in asked.items():
            draws[name].append(ask(labels))
    return {name: _deviation(values) * math.sqrt(len(scores) / n) for name, values in draws.items()}


def _deviation(values: Sequence[float | None]) -> float:
    import numpy as np

    known = [value for value in values if value is not None]
    return float(np.std(known, ddof=1)) if len(known) > 1 else 0.0


def _told(name: str, value: float | None, refits: list[float | None], by_labels: float) -> EstimatedMetric:
    if value is None:
        reason = "Scores are no probabilities." if name == "brier" else "No row is expected to be 1, or none to be 0."
        return EstimatedMetric(name, None, None, None, None, reason)
    known = [other for other in refits if other is not None]
    bias = sum(known) / len(known) - value if known else 0.0
    best = min(1.0, max(0.0, value - bias))
    error = math.hypot(by_labels, _deviation(known))
    return EstimatedMetric(name, best, max(0.0, best - Z * error), min(1.0, best + Z * error), error)

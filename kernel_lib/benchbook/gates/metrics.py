"""The metrics a gate can ask for: values by scikit-learn, and the same under weights, many resamples at once.

A resample of rows is a weight for each row (how often it was drawn). Rank metrics presort the scores once and all
others are functions of a few weighted sums, so that a thousand resamples of 30,000 rows take about a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]
    Weigh = Callable[[Array], Array]
    """From weights (d, n) to values (d,); NaN where a resample leaves the metric undefined."""


class Metric(NamedTuple):
    """What a metric needs of a model, whether more is better, and its smallest rows under weights."""

    needs: Literal["class", "score", "probability", "number"]
    higher: bool
    binary: bool


METRICS = {
    "roc_auc": Metric("score", True, True),
    "average_precision": Metric("score", True, True),
    "log_loss": Metric("probability", False, True),
    "brier": Metric("probability", False, True),
    "accuracy": Metric("class", True, False),
    "balanced_accuracy": Metric("class", True, False),
    "precision": Metric("class", True, True),
    "recall": Metric("class", True, True),
    "f1": Metric("class", True, True),
    "mae": Metric("number", False, False),
    "rmse": Metric("number", False, False),
    "r2": Metric("number", True, False),
}


def metric_value(name: str, truth: Array, given: Array, weights: Array | None = None) -> float:
    """Metric ``name`` of what a model gave (n,) (classes, scores, probabilities or numbers) against ``truth`` (n,).

    Definitions: sklearn.metrics; for "precision", "recall" and "f1" without any such prediction the value is 0.
    """
    from sklearn import metrics

    functions: dict[str, Callable[..., Any]] = {
        "roc_auc": metrics.roc_auc_score,
        "average_precision": metrics.average_precision_score,
        "log_loss": metrics.log_loss,
        "brier": metrics.brier_score_loss,
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
        "mae": metrics.mean_absolute_error,
        "rmse": metrics.root_mean_squared_error,
        "r2": metrics.r2_score,
    }
    more = {"zero_division": 0.0} if name in ("precision", "recall", "f1") else {}
    return float(functions[name](truth, given, sample_weight=weights, **more))


def weighted(name: str, truth: Array, given: Array) -> Weigh:
    """Metric ``name`` as a function of weights, equal to scikit-learn's with ``sample_weight``."""
    if name == "roc_auc":
        return _weighted_auc(truth, given)
    if name == "average_precision":
        return _weighted_precision(truth, given)
    columns, finish = _sums(name, truth, given)
    return lambda weights: finish(weights @ columns)


class _Ranks:
    """Where positives and negatives stand among each other, found once; under weights only running sums are left."""

    def __init__(self, truth: Array, score: Array) -> None:
        import numpy as np

        self.positives, self.negatives = (self._rising(np.flatnonzero(truth == side), score) for side in (1, 0))
        positive, negative = score[self.positives], score[self.negatives]
        self.below = np.searchsorted(negative, positive, "left")
        """For each positive how many negatives score less."""
        self.upto = np.searchsorted(negative, positive, "right")
        self.lower = np.searchsorted(positive, positive, "left")
        self.is_tied = bool((self.below != self.upto).any())
        # Arrays of this size are made once: the system takes longer to hand them out than to add them up.
        self._drawn, self._sums = np.empty(len(negative)), np.zeros(len(negative) + 1)

    @staticmethod
    def _rising(rows: Array, score: Array) -> Array:
        import numpy as np

        ordered: Array = rows[np.argsort(score[rows], kind="stable")]
        return ordered

    def running(self, weights: Array) -> Array:
        """Weight of the first 0, 1, 2, … negatives by rising score; valid until called again."""
        import numpy as np

        np.take(weights, self.negatives, out=self._drawn, mode="clip")
        np.cumsum(self._drawn, out=self._sums[1:])
        return self._sums


def _dot(left: Array, right: Array) -> float:
    """The sum of products, without BLAS: its threads cost more than they bring, thirty times so on a busy machine."""
    import numpy as np

    return float(np.einsum("i,i->", left, right))


def _weighted_auc(truth: Array, score: Array) -> Weigh:
    """Area under the ROC curve as the chance that a positive ranks above a negative, ties counting half.

    Hanley & McNeil 1982, "The Meaning and Use of the Area under a ROC Curve", Radiology 143; here with weights.
    """
    import numpy as np

    ranks = _Ranks(truth, score)

    def one(weights: Array) -> float:
        positive, negative = weights[ranks.positives], ranks.running(weights)
        won = negative[ranks.below]
        if ranks.is_tied:
            won = (won + negative[ranks.upto]) / 2
        pairs = positive.sum() * negative[-1]
        return _dot(positive, won) / pairs if pairs > 0 else float("nan")

    return lambda weights: np.array([one(row) for row in weights])


def _weighted_precision(truth: Array, score: Array) -> Weigh:
    """Average precision: precision at the score of each positive, weighted by the recall gained there (sklearn)."""
    import numpy as np

    ranks = _Ranks(truth, score)

    def one(weights: Array) -> float:
        positive, negative = weights[ranks.positives], ranks.running(weights)
        total = positive.sum()
        rising = np.concatenate([[0.0], np.cumsum(positive)])
        found = total - rising[ranks.lower]
        called = found + negative[-1] - negative[ranks.below]
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        return _dot(positive, precision) / total if total > 0 else float("nan")

    return lambda weights: np.array([one(row) for row in weights])


def _sums(name: str, truth: Array, given: Array) -> tuple[Array, Weigh]:
    """Columns (n, k) whose weighted sums (d, k) the second part turns into values (d,); as sklearn.metrics defines."""
    import numpy as np

    ones = np.ones(len(truth))
    if name in ("precision", "recall", "f1"):
        hits, called, positive = truth * given, given, truth
        below = {"precision": called, "recall": positive, "f1": (called + positive) / 2}[name]
        return np.column_stack([hits, below]).astype(float), lambda sums: _ratio(sums, 0.0)
    if name == "balanced_accuracy":
        classes = np.unique(truth)
        member = (truth[:, None] == classes[None, :]).astype(float)
        right = member * (truth == given)[:, None]
        return np.hstack([right, member]), lambda sums: _mean_recall(sums, len(classes))
    if name == "r2":
        centred = truth - truth.mean()
        return np.column_stack([ones, centred, centred**2, (truth - given) ** 2]), _explained
    losses: dict[str, Callable[[], Array]] = {
        "accuracy": lambda: truth == given,
        "log_loss": lambda: _surprise(truth, given),
        "brier": lambda: (truth - given) ** 2,
        "mae": lambda: np.abs(truth - given),
        "rmse": lambda: (truth - given) ** 2,
    }
    columns = np.column_stack([losses[name](), ones]).astype(float)
    if name == "rmse":
        return columns, lambda sums: np.sqrt(_ratio(sums, np.nan))
    return columns, lambda sums: _ratio(sums, np.nan)


def _surprise(truth: Array, probability: Array) -> Array:
    import numpy as np

    eps = np.finfo(probability.dtype).eps
    clipped = np.clip(probability, eps, 1 - eps)
    surprise: Array = np.where(truth == 1, -np.log(clipped), -np.log1p(-clipped))
    return surprise


def _ratio(sums: Array, otherwise: float) -> Array:
    import numpy as np

    values: Array = np.full(len(sums), otherwise)
    return np.divide(sums[:, 0], sums[:, 1], out=values, where=sums[:, 1] > 0)


def _mean_recall(sums: Array, classes: int) -> Array:
    """The mean recall over the classes that a resample holds."""
    import numpy as np

    right, member = sums[:, :classes], sums[:, classes:]
    recall = np.divide(right, member, out=np.zeros_like(right), where=member > 0)
    mean: Array = recall.sum(axis=1) / np.maximum((member > 0).sum(axis=1), 1)
    return mean


def _explained(sums: Array) -> Array:
    import numpy as np

    weight, first, second, error = sums.T
    spread = second - first**2 / weight
    explained: Array = 1 - np.divide(error, spread, out=np.full(len(sums), np.nan), where=spread > 0)
    return explained

"""Ranking metrics from scores sorted once, for labels and for probabilities of labels alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Ranking:
    """Rows by falling score; equal scores form one step of the curve."""

    def __init__(self, scores: Floats) -> None:
        import numpy as np

        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._ends = np.flatnonzero(np.append(np.diff(ranked) != 0, [True] if len(ranked) else []))

    def steps(self, weights: Floats) -> Floats:
        """Return the sum of ``weights`` down to the end of each step."""
        import numpy as np

        through: Floats = np.cumsum(weights[self._order])[self._ends]
        return through

    def roc_auc(self, positive: Floats) -> float | None:
        """Return the area under the ROC curve where row i is positive by the part ``positive[i]``.

        The share of pairs of a positive and a negative row that are in the right order, ties counting half (Hanley &
        McNeil 1982). A fractional row makes no pair with itself. None if there are no pairs.
        """
        import numpy as np

        negative = 1.0 - positive
        hits, misses = self.steps(positive), self.steps(negative)
        step = np.diff(misses, prepend=0.0)
        won = float((step * (hits + np.append(0.0, hits[:-1])) / 2).sum())
        itself = float((positive * negative).sum())
        pairs = float(positive.sum() * negative.sum()) - itself
        return min(1.0, max(0.0, (won - itself / 2) / pairs)) if pairs > 1e-12 else None

    def average_precision(self, positive: Floats) -> float | None:
        """Return the sum of precision over the steps of recall, as scikit-learn defines it; None without positives."""
        import numpy as np

        hits = self.steps(positive)
        rows = self._ends + 1
        if not len(hits) or hits[-1] <= 1e-12:
            return None
        return float((np.diff(hits, prepend=0.0) * hits / rows).sum() / hits[-1])


def placements(scores: Floats, is_positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return for each positive row the share of negatives below it, and for each negative that of positives above.

    Ties count half. These are the structural components of DeLong, DeLong & Clarke-Pearson 1988, found by sorting as in
    Sun & Xu 2014.
    """
    import numpy as np

    positive, negative = np.sort(scores[is_positive]), np.sort(scores[~is_positive])
    below = _middle(negative, positive) / len(negative)
    above = 1 - _middle(positive, negative) / len(positive)
    return below, above


def _middle(values: Floats, asked: Floats) -> Floats:
    import numpy as np

    middle: Floats = (np.searchsorted(values, asked, "left") + np.searchsorted(values, asked, "right")) / 2
    return middle

"""The paired bootstrap: equal to drawing rows by hand, honest about clusters, and hard to fool by noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import accuracy_score, roc_auc_score

from benchbook.errors import InvalidInput
from benchbook.gates.bootstrap import DRAWS, compare, improvements, percentile_level, resamples


def two_models(seed: int, rows: int = 400, noise: float = 1.0) -> tuple[Any, Any, Any]:
    """A target and the scores of two models, the second with ``noise`` times the first one's error."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, rows)
    return truth, truth + rng.normal(size=rows), truth + noise * rng.normal(size=rows)


def test_weights_are_resampled_rows() -> None:
    """Each draw equals scikit-learn's value on the rows that were drawn, taken one by one."""
    truth, new, old = two_models(1, rows=80)
    ours = improvements("roc_auc", truth, new, old, clusters=None, seed=7, draws=20)
    rng = np.random.default_rng(7)
    for value in ours:
        rows = rng.integers(0, 80, 80)
        by_hand = roc_auc_score(truth[rows], new[rows]) - roc_auc_score(truth[rows], old[rows])
        assert value == pytest.approx(by_hand, abs=1e-9)


def test_clusters_are_drawn_whole() -> None:
    """Each draw equals the value on whole clusters, taken as often as they were drawn."""
    truth, new, old = two_models(2, rows=60)
    clusters = np.arange(60) % 12
    ours = improvements("roc_auc", truth, new, old, clusters=clusters, seed=3, draws=10)
    rng = np.random.default_rng(3)
    for value in ours:
        rows = np.concatenate([np.flatnonzero(clusters == one) for one in rng.integers(0, 12, 12)])
        by_hand = roc_auc_score(truth[rows], new[rows]) - roc_auc_score(truth[rows], old[rows])
        assert value == pytest.approx(by_hand, abs=1e-9)


def test_interval_agrees_with_scipy() -> None:
    """The lower percentile is scipy's (another stream of random numbers), within its own spread."""
    truth, new, old = two_models(4)
    right, wrong = (new > 0.5) == truth, (old > 0.5) == truth
    theirs = bootstrap(
        (right, wrong),
        lambda a, b, axis=-1: a.mean(axis=axis) - b.mean(axis=axis),
        paired=True,
        n_resamples=20_000,
        confidence_level=0.9,
        method="percentile",
        rng=1,
    )
    ours = improvements(
        "accuracy", truth, (new > 0.5).astype(int), (old > 0.5).astype(int), clusters=None, seed=1, draws=20_000
    )
    assert np.quantile(ours, 0.05) == pytest.approx(theirs.confidence_interval.low, abs=0.003)
    assert ours.std() == pytest.approx(theirs.standard_error, rel=0.03)


def test_a_lower_value_is_better_for_losses() -> None:
    """The improvement of a loss counts downwards, so a good one is positive for every metric."""
    truth, good, bad = two_models(5, noise=3.0)
    made = compare("rmse", truth.astype(float), good, bad, clusters=None, confidence=0.95, seed=1)
    assert made.new < made.old
    assert made.improvement == pytest.approx(made.old - made.new)
    assert made.interval.low > 0


def test_same_seed_same_interval() -> None:
    """An evaluation can be repeated to the last digit; the interval says what it was made from."""
    truth, new, old = two_models(6)
    first, second = (
        compare("roc_auc", truth, new, old, clusters=None, confidence=0.95, seed=11).interval for _ in range(2)
    )
    assert first == second
    assert (first.draws, first.units, first.seed, first.high) == (DRAWS, 400, 11, None)


@pytest.mark.parametrize("days", [None, 10], ids=["rows", "ten days"])
def test_noise_does_not_promote(days: int | None) -> None:
    """Of 200 pairs of equally good models at most 5 % show an improvement with 95 % confidence (bound: 2 sd above)."""
    promoted = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 200)
        day = np.arange(200) % (days or 200)
        shared = rng.normal(size=(2, days or 200)) * (0.7 if days else 0.0)  # the weather of a day hits one model more
        new, old = (truth + rng.normal(size=200) + shared[at, day] for at in (0, 1))
        called = [(score > 0.5).astype(int) for score in (new, old)]
        clusters = day if days else None
        made = compare("accuracy", truth, called[0], called[1], clusters=clusters, confidence=0.95, seed=seed)
        promoted += made.interval.low > 0
    assert promoted / 200 <= 0.05 + 2 * (0.05 * 0.95 / 200) ** 0.5


def test_few_units_widen_the_interval() -> None:
    """The level goes down for few units and comes back to 1 - confidence for many."""
    assert percentile_level(0.95, 10) == pytest.approx(0.0266, abs=5e-4)
    assert percentile_level(0.95, 100_000) == pytest.approx(0.05, abs=1e-4)
    assert percentile_level(0.95, 2) < 1e-10


def test_what_cannot_be_drawn_is_refused() -> None:
    """One unit, or a class so rare that most resamples lack it, gives no interval but a reason."""
    truth, new, old = two_models(8, rows=50)
    with pytest.raises(InvalidInput, match="There is 1 to draw from"):
        compare("accuracy", truth, truth, truth, clusters=np.zeros(50, int), confidence=0.95, seed=1)
    rare = np.zeros(50, int)
    rare[0] = 1
    with pytest.raises(InvalidInput, match="resamples leave roc_auc undefined"):
        compare("roc_auc", rare, new, old, clusters=None, confidence=0.95, seed=1)


def test_resamples_come_in_chunks_that_fit() -> None:
    """However many draws, each counts as many units as there are, in pieces of bounded size."""
    chunks = list(resamples(5_000, 1_000, 1))
    assert len(chunks) > 1
    assert sum(len(chunk) for chunk in chunks) == 1_000
    assert all((chunk.sum(axis=1) == 5_000).all() for chunk in chunks)


def test_accuracy_of_a_comparison_is_the_plain_one() -> None:
    """The values shown beside the interval are scikit-learn's."""
    truth, new, old = two_models(9)
    called = [(score > 0.5).astype(int) for score in (new, old)]
    made = compare("accuracy", truth, *called, clusters=None, confidence=0.9, seed=1)
    assert (made.new, made.old) == tuple(accuracy_score(truth, one) for one in called)

"""Estimated performance: right while the reference's calibration holds, with a band that means what it says."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

from benchbook.errors import InvalidInput
from benchbook.monitoring import Calibrator, binary_performance, estimate, fit_calibrator, grade
from benchbook.monitoring.ranking import Ranking
from benchbook.monitoring.records import Estimate, EstimatedMetric
from library.monitoring.test_performance import binary


def squeezed(scores: np.ndarray) -> np.ndarray:
    """Scores in the same order that are no longer calibrated."""
    return 0.3 + 0.3 * scores


def test_calibration_is_isotonic_regression():
    """The curve is scikit-learn's isotonic regression, also beyond its ends, and survives JSON."""
    labels, scores = binary(2_000)
    found = fit_calibrator(labels, squeezed(scores))
    asked = np.linspace(0, 1, 50)
    expected = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(squeezed(scores), labels).predict(asked)
    assert found.curve.at(asked) == pytest.approx(expected, abs=1e-12)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Calibrator) == found


def test_estimates_come_true():
    """Over 40 references and chunks of changed inputs, estimates are near what labels show, and bands hold 8 of 10."""
    estimates, truths = [], []
    for seed in range(40):
        labels, scores = binary(4_000, seed=seed)
        calibrator = fit_calibrator(labels, squeezed(scores))
        # Inputs drift: scores are more extreme than in the reference, while p(label | score) is the same.
        labels, scores = binary(1_000, seed=100 + seed, signal=1.5)
        estimates.append(estimate(calibrator, squeezed(scores)))
        truths.append(binary_performance(labels, squeezed(scores)))
    for graded in grade(estimates, truths):
        assert graded.chunks == 40
        assert graded.error < 0.02, graded
        assert abs(graded.bias) < 0.012, graded
        assert graded.inside >= 0.8, graded


def test_fractional_ranking_is_the_mean_over_labels():
    """AUC from probabilities is near the mean of scikit-learn's AUC over labels drawn from them; from labels, equal."""
    random = np.random.default_rng(0)
    labels, scores = binary(300)
    drawn = [sk.roc_auc_score(random.random(300) < scores, scores) for _ in range(400)]
    assert Ranking(scores).roc_auc(scores) == pytest.approx(np.mean(drawn), abs=0.005)
    assert Ranking(scores).roc_auc(labels.astype(float)) == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-12)


def test_error_shrinks_with_rows():
    """The error of a small chunk is larger, and part of it stays however large the chunk: the reference is finite."""
    labels, scores = binary(2_000, seed=1)
    calibrator = fit_calibrator(labels, scores)
    small, large = (estimate(calibrator, binary(rows, seed=2)[1]).metrics[0].error for rows in (100, 40_000))
    assert small > 3 * large > 0


def test_it_is_blind_to_concept_drift_and_the_grade_shows_it():
    """When labels stop following scores, the estimate stays, and the grade says how wrong it was."""
    labels, scores = binary(4_000, seed=1)
    calibrator = fit_calibrator(labels, scores)
    later = binary(2_000, seed=2)[1]
    coin = np.random.default_rng(0).integers(0, 2, 2_000)
    graded = grade([estimate(calibrator, later)], [binary_performance(coin, later)])[0]
    assert (graded.inside, graded.bias > 0.1) == (0, True)


def test_small_and_odd_chunks():
    """Too few predictions, NaN, and scores that are no probabilities are reasons, not errors."""
    calibrator = fit_calibrator(*binary(500))
    few = estimate(calibrator, [0.5] * 3)
    assert {metric.reason for metric in few.metrics} == {"Only 3 predictions; at least 10 are needed."}
    odd = estimate(calibrator, [*np.linspace(-1, 2, 50), np.nan, None])
    assert (odd.n, odd.invalid, odd.metrics[-1].reason) == (50, 2, "Scores are no probabilities.")
    constant = estimate(calibrator, [0.7] * 50)
    assert constant.metrics[0].value == pytest.approx(0.5)


def test_reference_that_cannot_calibrate():
    """One class, too few rows, wrong labels and unequal lengths are errors."""
    with pytest.raises(InvalidInput, match="cannot calibrate"):
        fit_calibrator([1] * 50, [0.5] * 50)
    with pytest.raises(InvalidInput, match="cannot calibrate"):
        fit_calibrator([1, 0], [0.5, 0.1])
    with pytest.raises(InvalidInput, match="neither 0 nor 1"):
        fit_calibrator([1, 0, 3] * 10, [0.5] * 30)
    with pytest.raises(InvalidInput, match="3 labels and 2 predictions"):
        fit_calibrator([1, 0, 1], [0.5, 0.1])


def test_grades_are_arithmetic():
    """The grade is the mean absolute error, the mean error and the share inside; nothing to grade is None."""
    truth = binary_performance([0, 1] * 10, [0.1, 0.9] * 10)
    told = [Estimate(20, 0, [EstimatedMetric("accuracy", value, value - 0.05, 1.0, 0.02)]) for value in (0.9, 0.98)]
    graded = {one.name: one for one in grade(told, [truth, truth])}
    assert (graded["accuracy"].error, graded["accuracy"].bias) == (pytest.approx(0.06), pytest.approx(-0.06))
    assert (graded["accuracy"].inside, graded["f1"].error, graded["f1"].chunks) == (1, None, 0)
    with pytest.raises(InvalidInput, match="2 estimates and 1 truths"):
        grade(told, [truth])

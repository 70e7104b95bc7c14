"""Metrics agree with scikit-learn, intervals with published formulas, and what cannot be told says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from benchbook.errors import InvalidInput, NotFound
from benchbook.monitoring import binary_performance, number_performance

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])), min_size=10, max_size=80)


def binary(rows: int, *, seed: int = 0, signal: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and calibrated probabilities."""
    random = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-signal * random.normal(size=rows)))
    return (random.random(rows) < scores).astype(int), scores


@given(rows=ROWS)
@settings(max_examples=80, deadline=None)
def test_binary_metrics_are_scikit_learns(rows: list[tuple[bool, float]]):
    """All six metrics equal scikit-learn's, ties included; one class has no ranking, and says so."""
    labels, scores = np.array([label for label, _ in rows]), np.array([score for _, score in rows])
    found = {metric.name: metric for metric in binary_performance(labels, scores).metrics}
    said = scores >= 0.5
    if 0 < labels.sum() < len(labels):
        assert found["roc_auc"].value == pytest.approx(sk.roc_auc_score(labels, scores), abs=1e-9)
        assert found["average_precision"].value == pytest.approx(sk.average_precision_score(labels, scores), abs=1e-9)
    else:
        assert "nothing can be ranked" in found["roc_auc"].reason
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(labels, said), abs=1e-12)
    if labels.any() or said.any():
        assert found["f1"].value == pytest.approx(sk.f1_score(labels, said, zero_division=0), abs=1e-12)
    assert found["brier"].value == pytest.approx(sk.brier_score_loss(labels, scores), abs=1e-12)
    assert found["log_loss"].value == pytest.approx(sk.log_loss(labels, scores, labels=[0, 1]), abs=1e-9)


def test_number_metrics_are_scikit_learns():
    """RMSE, MAE and R² equal scikit-learn's, each inside its interval."""
    random = np.random.default_rng(0)
    labels = random.normal(50, 10, size=400)
    predicted = labels + random.normal(size=400)
    found = number_performance(labels, predicted)
    expected = {
        "rmse": sk.root_mean_squared_error(labels, predicted),
        "mae": sk.mean_absolute_error(labels, predicted),
        "r2": sk.r2_score(labels, predicted),
    }
    assert {metric.name: metric.value for metric in found.metrics} == pytest.approx(expected, abs=1e-12)
    assert all(metric.low < metric.value < metric.high for metric in found.metrics)


def test_delong_variance_is_the_published_one():
    """DeLong's variance equals a direct computation over all pairs, as their paper defines it."""
    from benchbook.monitoring.intervals import delong_variance

    labels, scores = binary(120)
    scores = scores.round(1)
    x, y = scores[labels == 1], scores[labels == 0]
    wins = (x[:, None] > y) + 0.5 * (x[:, None] == y)
    expected = wins.mean(axis=1).var(ddof=1) / len(x) + wins.mean(axis=0).var(ddof=1) / len(y)
    assert delong_variance(scores, labels == 1) == pytest.approx(expected, abs=1e-12)


def test_wilson_interval_is_the_published_one():
    """Wilson's interval is that of Newcombe 1998, table I, method 3."""
    from benchbook.monitoring.intervals import wilson

    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15 / 148, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)


def test_intervals_cover_the_truth():
    """In at least 90 of 100 samples each 95 % interval holds the value of the whole population."""
    labels, scores = binary(200_000, seed=1)
    truth = {metric.name: metric.value for metric in binary_performance(labels, scores).metrics}
    random, inside = np.random.default_rng(2), dict.fromkeys(truth, 0)
    for _ in range(100):
        some = random.integers(0, len(labels), 400)
        for metric in binary_performance(labels[some], scores[some]).metrics:
            inside[metric.name] += metric.low <= truth[metric.name] <= metric.high
    assert min(inside.values()) >= 90


def test_number_intervals_cover_the_truth():
    """The same for the metrics of numbers."""
    random, inside = np.random.default_rng(0), {"rmse": 0, "mae": 0, "r2": 0}
    truth = {"rmse": 1.0, "mae": np.sqrt(2 / np.pi), "r2": 1 - 1 / 5}
    for _ in range(200):
        labels = random.normal(size=300) * np.sqrt(5)
        # With predictions independent of the error, variance of labels 5 and of errors 1.
        for metric in number_performance(labels, labels + random.normal(size=300)).metrics:
            inside[metric.name] += metric.low <= truth[metric.name] <= metric.high
    assert min(inside.values()) >= 180


def test_a_perfect_ranking_is_not_certain():
    """An AUC of 1 on few rows has an interval that says so."""
    found = binary_performance([0] * 10 + [1] * 5, np.arange(15) / 15).metric("roc_auc")
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 5))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_late_labels(missing: object):
    """Rows without a label are counted and left out; rows without a prediction too."""
    labels, scores = binary(100)
    given, asked = [*labels, missing, missing, 1], [*scores, 0.5, 0.5, np.nan]
    found = binary_performance(given, asked)
    assert (found.n, found.unlabelled, found.invalid) == (100, 2, 1)
    assert found.metrics == binary_performance(labels, scores).metrics


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        ([], "There are no rows."),
        ([None] * 20, "None of 20 rows has a label yet."),
        ([1, 0, 1], "Only 3 labelled rows; at least 10 are needed."),
    ],
)
def test_what_cannot_be_told_says_why(labels: list[int | None], reason: str):
    """No labels, none yet, or too few is a reason and no error."""
    for compute in (binary_performance, number_performance):
        assert {metric.reason for metric in compute(labels, [0.5] * len(labels)).metrics} == {reason}


def test_reasons_of_single_metrics():
    """One class, no probability, constant labels and absent positives each take away what they must, and no more."""
    one = binary_performance([1] * 20, np.linspace(0, 1, 20))
    assert one.metric("average_precision").reason == "All 20 labels are 1: nothing can be ranked."
    assert one.metric("brier").value is not None
    wide = binary_performance([0, 1] * 10, np.linspace(-3, 3, 20))
    assert (wide.metric("log_loss").value, wide.metric("roc_auc").value is None) == (None, False)
    assert wide.metric("brier").reason == "A prediction is -3, which is no probability."
    assert binary_performance([0] * 20, [0.1] * 20).metric("f1").reason == "No label and no prediction is 1."
    assert number_performance([4] * 20, range(20)).metric("r2").reason == "All labels are 4."
    with pytest.raises(NotFound, match="no metric 'auc'"):
        one.metric("auc")


def test_wrong_input_is_named():
    """Labels of another kind, text and unequal lengths are errors that say what was given."""
    with pytest.raises(InvalidInput, match="A label is 2"):
        binary_performance([0, 1, 2], [0.1, 0.2, 0.3])
    with pytest.raises(InvalidInput, match="labels are not all numbers"):
        binary_performance(["late", "on time"], [0.1, 0.2])
    with pytest.raises(InvalidInput, match="3 labels and 2 predictions"):
        number_performance([1, 2, 3], [1, 2])

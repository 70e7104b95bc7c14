"""Metrics under weights are scikit-learn's own, to the last digits, and all names of the file can be computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchbook.gates.metrics import METRICS, metric_value, weighted
from benchbook.project import gate_config

ROWS = 300


def given(name: str, seed: int, *, ties: bool = False) -> tuple[Any, Any]:
    """Targets and what a model might give, in the form ``name`` needs."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, ROWS)
    score = truth * 0.7 + rng.normal(size=ROWS)
    score = np.round(score, 1) if ties else score
    probability = 1 / (1 + np.exp(-score))
    return {
        "score": (truth, score),
        "probability": (truth, probability),
        "class": (truth, (score > 0.3).astype(int)),
        "number": (score + rng.normal(size=ROWS), score),
    }[METRICS[name].needs]


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("name", METRICS)
def test_weighted_values_are_scikit_learns(name: str, ties: bool) -> None:
    """Five resamples at once equal five calls with `sample_weight`, to 1e-9."""
    truth, model = given(name, 3, ties=ties)
    weights = np.random.default_rng(4).multinomial(ROWS, [1 / ROWS] * ROWS, size=5).astype(float)
    wanted = [metric_value(name, truth, model, row) for row in weights]
    assert weighted(name, truth, model)(weights) == pytest.approx(wanted, abs=1e-9, rel=0)


@pytest.mark.parametrize("name", METRICS)
def test_equal_weights_give_the_plain_value(name: str) -> None:
    """A weight of one for each row changes nothing."""
    truth, model = given(name, 5)
    plain = metric_value(name, truth, model)
    assert weighted(name, truth, model)(np.ones((1, ROWS)))[0] == pytest.approx(plain, abs=1e-9)


def test_extremes_of_probabilities_are_kept_finite() -> None:
    """A probability of exactly 0 or 1 costs what scikit-learn says, not infinity."""
    truth, sure = np.array([0, 1, 1, 0]), np.array([0.0, 1.0, 0.0, 0.5])
    plain = metric_value("log_loss", truth, sure)
    assert weighted("log_loss", truth, sure)(np.ones((1, 4)))[0] == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_a_resample_without_positives_is_undefined(name: str) -> None:
    """It is NaN, to be left out, and not a number that looks like one."""
    truth, score = np.array([0, 1, 0]), np.array([0.1, 0.5, 0.2])
    assert np.isnan(weighted(name, truth, score)(np.array([[2.0, 0.0, 1.0]]))).all()


def test_every_metric_of_the_file_can_be_computed() -> None:
    """The names that `benchbook.yaml` accepts are exactly those that are built."""
    assert set(gate_config.METRICS) == set(METRICS)

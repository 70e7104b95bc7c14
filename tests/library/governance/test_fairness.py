"""Fairness by group is fairlearn's, its intervals are those of a bootstrap, and small groups are left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics as fair
from sklearn import metrics as plain

from benchbook.errors import InvalidInput
from benchbook.governance.fairness import Fairness, measure_fairness
from benchbook.project.gate_config import FAIRNESS_METRICS

FUNCTIONS = {
    "selection_rate": fair.selection_rate,
    "accuracy": plain.accuracy_score,
    "precision": plain.precision_score,
    "recall": plain.recall_score,
    "true_positive_rate": fair.true_positive_rate,
    "false_positive_rate": fair.false_positive_rate,
    "false_negative_rate": fair.false_negative_rate,
}


def case(rows: int = 600, seed: int = 1) -> tuple[Any, Any, pd.Series[Any]]:
    """Truth, predictions and three groups, of which "tiny" has five rows."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, rows)
    predicted = (truth + rng.normal(size=rows) > 0.6).astype(int)
    group = np.where(np.arange(rows) < 5, "tiny", rng.choice(["a", "b"], rows))
    return truth, predicted, pd.Series(group, name="carrier")


def measured(metric: str = "selection_rate", **more: Any) -> Fairness:
    """The case measured."""
    return measure_fairness(metric, *case(), **{"min_rows": 50, "seed": 1, **more})


@pytest.mark.parametrize("metric", FAIRNESS_METRICS)
def test_values_are_fairlearns(metric: str) -> None:
    """By group, ratio and difference equal fairlearn's MetricFrame on the rows of the groups that are shown."""
    truth, predicted, group = case()
    kept = (group != "tiny").to_numpy()
    frame = fair.MetricFrame(
        metrics=FUNCTIONS[metric], y_true=truth[kept], y_pred=predicted[kept], sensitive_features=group[kept]
    )
    found = measured(metric)
    assert {one.group: one.value for one in found.groups} == pytest.approx(frame.by_group.to_dict(), abs=1e-12)
    assert (found.ratio, found.difference) == pytest.approx((frame.ratio(), frame.difference()), abs=1e-12)


def test_small_groups_are_neither_shown_nor_counted() -> None:
    """Nothing of a group below the limit appears, only how many there are."""
    found = measured()
    assert [one.group for one in found.groups] == ["a", "b"]
    assert found.left_out == 1
    assert "tiny" not in repr(found)


def test_intervals_are_those_of_drawing_rows() -> None:
    """Drawing rows of one group by hand gives the same interval, within the spread of a thousand draws."""
    truth, predicted, group = case()
    found = measured("precision")
    here = np.flatnonzero(group == "a")
    rng = np.random.default_rng(9)
    drawn = []
    for _ in range(1_000):
        rows = rng.choice(here, len(here))
        drawn.append(truth[rows][predicted[rows] == 1].mean())
    low, high = np.quantile(drawn, [0.025, 0.975])
    interval = found.groups[0].interval
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.015)
    assert interval.low < found.groups[0].value < (interval.high or 0)


def test_missing_groups_are_a_group_of_their_own() -> None:
    """Rows whose group is unknown are not lost."""
    truth, predicted, group = case()
    found = measure_fairness("accuracy", truth, predicted, group.where(group != "b"), min_rows=50, seed=1)
    assert [one.group for one in found.groups] == ["(missing)", "a"]


def test_what_cannot_be_compared_says_why() -> None:
    """One group, very many, or a group without the rows a metric is about."""
    truth, predicted, group = case()
    with pytest.raises(InvalidInput, match="1 of 3 groups of 'carrier' have at least 300 rows"):
        measured(min_rows=300)
    many = pd.Series(np.arange(600) % 200, name="tail")
    with pytest.raises(InvalidInput, match="'tail' has 200 groups; at most 100"):
        measure_fairness("accuracy", truth, predicted, many, min_rows=1, seed=1)
    with pytest.raises(InvalidInput, match=r"recall of group 'a' .* no false negatives and true positives"):
        measure_fairness("recall", np.where(group == "a", 0, truth), predicted, group, min_rows=50, seed=1)


def test_all_zero_has_no_ratio() -> None:
    """Nobody is selected anywhere: the difference is 0 and the ratio undefined, not a crash."""
    truth, _, group = case()
    found = measure_fairness("selection_rate", truth, np.zeros(600, int), group, min_rows=50, seed=1)
    assert (found.ratio, found.ratio_interval, found.difference) == (None, None, 0.0)

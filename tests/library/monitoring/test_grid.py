"""Counts over a grid: quantiles, bins and distances from them, with the bound they state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchbook.monitoring.formulas import distances
from benchbook.monitoring.grid import CELLS, bin_counts, count, grid_distances, make_grid

SHAPES = ["normal", "ties", "heavy tails", "two lumps", "far from 0"]


def sample(shape: str, rows: int, random: np.random.Generator) -> np.ndarray:
    """A sorted sample of a known shape."""
    values = random.normal(size=rows) + random.choice([0, 0.3, 5])
    if shape == "ties":
        values = np.where(random.random(rows) < 0.5, values.round(), values)
    elif shape == "heavy tails":
        values = np.sign(values) * np.exp(3 * np.abs(values))
    elif shape == "two lumps":
        values += 100 * (random.random(rows) < 0.4)
    elif shape == "far from 0":
        values = 1.4e9 + 1_000 * values
    return np.sort(values)


@given(
    shapes=st.tuples(st.sampled_from(SHAPES), st.sampled_from(SHAPES)),
    rows=st.tuples(st.integers(1, 3_000), st.integers(1, 3_000)),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=120, deadline=None)
def test_sketched_distances_keep_their_bound(shapes: tuple[str, str], rows: tuple[int, int], seed: int):
    """From counts alone, true KS and Wasserstein lie between what is told and that plus the error told with it."""
    random = np.random.default_rng(seed)
    a, b = (sample(shape, n, random) for shape, n in zip(shapes, rows, strict=True))
    grid = make_grid(a)
    found, true = grid_distances(count(a, grid), count(b, grid), grid), distances(a, b)
    slack = 1e-9 * max(1.0, true.wasserstein)
    assert found.ks - 1e-9 <= true.ks <= found.ks + found.ks_error + 1e-9
    assert found.wasserstein - slack <= true.wasserstein <= found.wasserstein + found.wasserstein_error + slack


def test_the_bound_of_ks_is_one_cell():
    """Where all values differ, KS from counts is off by at most 1/400; with at most 400 different values by nothing."""
    random = np.random.default_rng(0)
    a, b = np.sort(random.normal(size=50_000)), np.sort(random.normal(0.1, size=9_000))
    grid = make_grid(a)
    assert grid_distances(count(a, grid), count(b, grid), grid).ks_error <= 1 / CELLS
    a, b = a.round(2)[::50], b.round(2)
    grid = make_grid(a)
    found = grid_distances(count(a, grid), count(b, grid), grid)
    assert found.ks == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_bins_are_deciles(shape: str):
    """Bin counts are NumPy's between the deciles of the reference, values on a border in the lower bin."""
    random = np.random.default_rng(1)
    a, b = sample(shape, 2_000, random), sample(shape, 700, random)
    grid = make_grid(a)
    edges = np.unique(np.quantile(a, np.arange(1, 10) / 10, method="inverted_cdf"))
    for side in (a, b):
        expected = np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1)
        assert bin_counts(count(side, grid), grid).tolist() == expected.tolist()


def test_few_values_have_a_bin_each():
    """Up to 20 different numbers have a bin each, and what lies below and above all of them has its own."""
    grid = make_grid(np.array([1.0, 1, 2, 4]))
    assert bin_counts(count(np.array([0.5, 1, 3, 4, 4, 9]), grid), grid).tolist() == [1, 1, 0, 3, 1]

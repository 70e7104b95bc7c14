"""Every statistic is what SciPy or a direct computation says, also for ties, empty bins and few values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from benchbook.monitoring import formulas

SAMPLES = st.lists(st.integers(-30, 30) | st.floats(-1e6, 1e6), min_size=2, max_size=60)
COUNTS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=30)


@given(a=SAMPLES, b=SAMPLES)
@settings(max_examples=150, deadline=None)
def test_distances_are_scipys(a: list[float], b: list[float]):
    """KS and Wasserstein of any two samples, ties included, equal SciPy's."""
    found = formulas.distances(np.sort(np.array(a, float)), np.sort(np.array(b, float)))
    assert found.ks == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-9)
    assert found.wasserstein == pytest.approx(stats.wasserstein_distance(a, b), rel=1e-9, abs=1e-9)
    assert (found.ks_error, found.wasserstein_error) == (0, 0)


@given(counts=COUNTS)
@settings(max_examples=100, deadline=None)
def test_js_distance_is_scipys(counts: list[tuple[int, int]]):
    """The Jensen-Shannon distance to base 2 equals SciPy's; a side without rows has none."""
    p, q = np.array(counts).T
    found = formulas.js_distance(p, q)
    if p.sum() == 0 or q.sum() == 0:
        assert found is None
    else:
        assert found == pytest.approx(jensenshannon(p, q, base=2), abs=1e-7)


def test_js_distance_to_nine_digits():
    """Away from 0, where SciPy's own root is exact, both agree to 1e-9; equal sides are 0, disjoint ones 1."""
    p, q = np.array([10, 20, 0, 70]), np.array([30, 5, 9, 1])
    assert formulas.js_distance(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-12)
    assert formulas.js_distance(p, 3 * p) == 0
    assert formulas.js_distance(np.array([5, 0]), np.array([0, 2])) == 1


def test_psi_by_hand():
    """PSI is the sum of (q - p) ln(q / p); an empty bin counts as half a row, a bin empty on both sides not at all."""
    p, q = np.array([100, 300, 600]) / 1000, np.array([20, 30, 50]) / 100
    by_hand = ((q - p) * np.log(q / p)).sum()
    assert formulas.psi(np.array([100, 0, 300, 600]), np.array([20, 0, 30, 50])) == pytest.approx(by_hand, abs=1e-12)
    half = formulas.psi(np.array([0, 19]), np.array([5, 5]))
    p, q = np.array([0.5, 19]) / 19.5, np.array([5, 5]) / 10
    assert half == pytest.approx(((q - p) * np.log(q / p)).sum(), abs=1e-12)
    assert formulas.psi(np.array([0, 0]), np.array([1, 1])) is None


def test_chi2_is_scipys():
    """Where nothing is rare, the test of homogeneity equals SciPy's without continuity correction."""
    table = np.array([[120, 90, 340, 0], [33, 41, 80, 0]])
    found = formulas.chi2_homogeneity(*table)
    expected = stats.chi2_contingency(table[:, :3], correction=False)
    assert (found.statistic, found.p) == (
        pytest.approx(expected.statistic, abs=1e-9),
        pytest.approx(expected.pvalue, abs=1e-9),
    )


def test_chi2_pools_rare_categories():
    """Categories expected less than 5 times on a side are one category together."""
    before, after = np.array([500, 300, 3, 2, 4, 1]), np.array([60, 35, 0, 1, 2, 2])
    pooled = np.array([[500, 300, 10], [60, 35, 5]])
    expected = stats.chi2_contingency(pooled, correction=False)
    assert formulas.chi2_homogeneity(before, after).statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert formulas.chi2_homogeneity(np.array([9]), np.array([7])).p == 1


def test_thousands_of_equal_categories_are_not_significant():
    """Two samples over 10,000 categories ring in about 5 of 100 at p ≤ 0.05, not always."""
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(10_000))
    p = [
        formulas.chi2_homogeneity(random.multinomial(50_000, shares), random.multinomial(5_000, shares)).p
        for _ in range(60)
    ]
    assert np.mean(np.array(p) < 0.05) < 0.2


@pytest.mark.parametrize(("d", "n", "m"), [(0.02, 10_000, 5_000), (0.1, 300, 200), (0.9, 40, 3)])
def test_ks_p_is_the_asymptotic_one(d: float, n: int, m: int):
    """The p-value is the Kolmogorov distribution's, as SciPy tabulates it."""
    assert formulas.ks_p(d, n, m) == pytest.approx(stats.kstwobign.sf(d * np.sqrt(n * m / (n + m))), abs=1e-9)


@given(p=st.lists(st.floats(0, 1), max_size=40))
@settings(max_examples=60, deadline=None)
def test_correction_is_benjamini_and_hochbergs(p: list[float]):
    """Corrected p-values equal SciPy's, in the order given."""
    expected = stats.false_discovery_control(p) if p else []
    assert formulas.corrected(p) == pytest.approx(list(expected), abs=1e-12)

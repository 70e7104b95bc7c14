"""The domain classifier tells sides apart when they differ, also only jointly, and says nothing when they do not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchbook.monitoring import domain_drift
from benchbook.monitoring.records import DomainDrift
from library.monitoring.tables import normal, table_of


def drift(folder: Path, before: pd.DataFrame, after: pd.DataFrame) -> DomainDrift:
    """Compare two frames."""
    return domain_drift(table_of(folder, before, "before"), table_of(folder, after, "after"), rows=2_000)


def test_nothing_changed(tmp_path: Path):
    """Two samples of one source are not told apart: the interval holds 0.5."""
    found = drift(tmp_path, normal(2_000), normal(1_500, seed=1))
    assert found.low < 0.5 < found.high
    assert (found.reference_rows, found.chunk_rows) == (2_000, 1_500)


def test_a_shift_names_its_column(tmp_path: Path):
    """A shifted column is seen and stands first; the same call gives the same answer."""
    before, after = normal(1_500), normal(1_500, seed=1, shift=1)
    found = drift(tmp_path, before, after)
    # Two normals one deviation apart have an AUC of 0.760.
    assert found.auc == pytest.approx(0.76, abs=0.04)
    assert found.low > 0.65
    assert found.columns[0].column == "n0"
    assert drift(tmp_path, before, after) == found


def test_joint_drift_is_seen(tmp_path: Path):
    """Columns that stop moving together are seen, although each alone is as before."""
    before, after = normal(2_000), normal(2_000, seed=1)
    before["n1"], after["n1"] = before["n0"] + 0.1 * before["n1"], np.random.default_rng(2).normal(size=2_000)
    found = drift(tmp_path, before[["n0", "n1", "n2"]], after[["n0", "n1", "n2"]])
    assert found.auc > 0.8
    assert {one.column for one in found.columns[:2]} == {"n0", "n1"}


def test_categories_missing_values_and_infinities(tmp_path: Path):
    """New categories and missing values tell the sides apart; infinities and empty columns are no error."""
    before, after = normal(400), normal(400, seed=1)
    after["t0"] = after["t0"].replace("a", "z")
    after.loc[::2, "n1"] = np.nan
    for frame in (before, after):
        frame.loc[:5, "n2"] = np.inf
        frame["none"] = np.nan
    assert {one.column for one in drift(tmp_path, before, after).columns[:2]} == {"t0", "n1"}


def test_what_cannot_be_told(tmp_path: Path):
    """Too few rows and no common column are reasons; times are not used, for they differ by nature."""
    few = drift(tmp_path, normal(500), normal(20))
    assert (few.auc, few.reason) == (None, "20 rows are too few; at least 50 a side are needed.")
    at = pd.DataFrame({"at": pd.date_range("2013-01-01", periods=100)})
    assert drift(tmp_path, at, at).reason == "Both sides have no comparable column in common."

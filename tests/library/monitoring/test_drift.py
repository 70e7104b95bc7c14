"""Drift of columns: numbers as SciPy and NumPy compute them on the same frames, and every odd column defined."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from benchbook.errors import InvalidInput, NotFound
from benchbook.monitoring import compare
from benchbook.monitoring.records import CategoryCount
from library.monitoring.tables import drift_of, normal, sketch_of, table_of

NAN, INF = float("nan"), float("inf")


def test_numbers_are_exact(tmp_path: Path):
    """KS, its p and Wasserstein equal SciPy's, PSI and JS a direct computation on the reference's deciles, to 1e-9."""
    before, after = normal(4_000), normal(1_500, seed=1, shift=0.2)
    report = drift_of(tmp_path, before, after)
    a, b, found = before["n0"].to_numpy(), after["n0"].to_numpy(), report.column("n0")
    assert found.ks == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-9)
    assert found.wasserstein == pytest.approx(stats.wasserstein_distance(a, b) / a.std(), abs=1e-9)
    edges = np.quantile(a, np.arange(1, 10) / 10, method="inverted_cdf")
    p, q = (np.bincount(np.searchsorted(edges, side), minlength=10) / len(side) for side in (a, b))
    assert found.psi == pytest.approx(((q - p) * np.log(q / p)).sum(), abs=1e-9)
    assert found.js == pytest.approx(jensenshannon(p, q, base=2), abs=1e-9)
    assert (report.exact, report.bound, report.columns[0].name) == (True, "All statistics are exact.", "n0")


def test_categories_are_exact(tmp_path: Path):
    """Chi-squared, JS and PSI of categories equal SciPy's on the same counts; the p-value is corrected."""
    before, after = normal(3_000), normal(2_000, seed=1)
    report = drift_of(tmp_path, before, after)
    table = np.array([frame["t0"].value_counts().sort_index() for frame in (before, after)])
    found, expected = report.column("t0"), stats.chi2_contingency(table, correction=False)
    assert (found.chi2, found.chi2_p) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)
    assert found.js == pytest.approx(jensenshannon(*table, base=2), abs=1e-9)
    raw = {column.name: column.ks_p if column.ks_p is not None else column.chi2_p for column in report.columns}
    corrected = dict(zip(raw, stats.false_discovery_control(list(raw.values())), strict=True))
    assert {column.name: column.p_value for column in report.columns} == pytest.approx(corrected)


def test_a_sketch_is_close(tmp_path: Path):
    """On 20,000 different values KS is off by at most 1/400, and few different values make a sketch exact."""
    before, after = normal(20_000), normal(20_000, seed=1, shift=0.3)
    for frame in (before, after):
        frame["few"] = frame["n1"].round(1)
    report = drift_of(tmp_path, before, after, exact=False)
    assert 0 < report.column("n0").ks_error <= 1 / 400
    assert (report.exact, report.column("few").exact) == (False, True)
    assert report.column("few").ks == pytest.approx(stats.ks_2samp(before["few"], after["few"]).statistic, abs=1e-9)
    assert "at most 0.0025 (KS)" in report.bound


def test_values_that_are_not_finite(tmp_path: Path):
    """NaN is missing, infinities are counted apart, and neither spoils a statistic."""
    before = {"x": [1.0, 2.0, 3.0, 4.0, NAN, None, INF, -INF]}
    after = {"x": [1.0, 2.0, NAN, INF]}
    (found,) = drift_of(tmp_path, before, after).columns
    assert (found.missing_before, found.missing_after) == (0.25, 0.25)
    assert (found.infinite_before, found.infinite_after) == (0.25, 0.25)
    assert found.ks == pytest.approx(0.5)
    assert found.wasserstein == pytest.approx(1 / np.std([1, 2, 3, 4]))


@pytest.mark.parametrize("exact", [True, False])
def test_numbers_of_any_size(tmp_path: Path, exact: bool):
    """The largest doubles give a KS; what overflows is left out instead of being infinite."""
    (found,) = drift_of(tmp_path, {"x": [-1.7e308, 0.0, 1.7e308]}, {"x": [1.7e308, 1.7e308]}, exact=exact).columns
    assert (found.ks, found.wasserstein) == (pytest.approx(2 / 3), None)
    assert found.js is not None


def test_empty_chunk(tmp_path: Path):
    """A chunk without rows has no statistics and says so in each column."""
    report = drift_of(tmp_path, normal(100), normal(100).head(0))
    assert {(column.state, column.problem) for column in report.columns} == {("empty", "The chunk has no rows.")}
    assert (report.chunk_rows, report.column("n0").js, report.column("t0").missing_after) == (0, None, None)


def test_empty_reference(tmp_path: Path):
    """A reference without rows compares nothing and is no error."""
    report = drift_of(tmp_path, normal(100).head(0), normal(100))
    assert {column.problem for column in report.columns} == {"The reference has no rows."}


def test_one_row(tmp_path: Path):
    """One row is compared like any other number of rows."""
    report = drift_of(tmp_path, normal(1_000), normal(1, seed=5))
    value = normal(1, seed=5)["n0"]
    assert report.column("n0").ks == pytest.approx(stats.ks_2samp(normal(1_000)["n0"], value).statistic, abs=1e-9)
    assert report.column("t0").chi2 is not None


def test_constant_column(tmp_path: Path):
    """A column of one value is compared; what is divided by its deviation is left out, and it says why."""
    report = drift_of(tmp_path, {"x": [7.0] * 50, "s": ["a"] * 50}, {"x": [3.0] * 50, "s": ["b"] * 50})
    found, words = report.column("x"), report.column("s")
    assert (found.state, found.problem) == ("constant", "The reference holds one value only, 7.")
    assert (found.js, found.ks, found.wasserstein, found.out_of_range) == (1, 1, None, 1)
    assert (words.state, words.js, words.new_share) == ("constant", 1, 1)


def test_column_without_values(tmp_path: Path):
    """A column that is all missing on one side stands first and says which; on both sides it has not drifted."""
    empty = pa.array([None] * 4, pa.float64())
    before = {"was": [1.0, 2, 3, 4], "is": empty, "both": empty, "ok": [1.0, 2, 3, 4]}
    after = {"was": empty, "is": [1.0, 2, 3, 4], "both": empty, "ok": [1.0, 2, 3, 4]}
    report = drift_of(tmp_path, before, after)
    assert [(column.name, column.state) for column in report.columns[:2]] == [("was", "missing"), ("is", "missing")]
    assert (report.column("was").missing_after, report.column("both").state) == (1, "empty")
    assert "The chunk has no finite values here" in report.column("was").problem


def test_columns_saved_without_a_type(tmp_path: Path):
    """What pandas saves of a column of None has no type: that is missing, not a change of type."""
    before = {"was": ["a", "b"], "is": pa.nulls(2), "both": pa.nulls(2)}
    report = drift_of(tmp_path, before, {"was": pa.nulls(2), "is": [1, 2], "both": pa.nulls(2)})
    assert {column.name: (column.state, column.problem) for column in report.columns} == {
        "was": ("missing", "The chunk has no values here."),
        "is": ("missing", "The reference has no values here."),
        "both": ("empty", "Neither side has values here."),
    }


def test_odd_types(tmp_path: Path):
    """Decimals, large unsigned and half-precision numbers, durations and times of day are compared; bytes are not."""
    data = {
        "decimal": pa.array([1, None], pa.decimal128(20, 2)),
        "unsigned": pa.array([2**64 - 1, 0], pa.uint64()),
        "half": pa.array(np.array([1, 2], np.float16)),
        "duration": pa.array([1, None], pa.duration("us")),
        "time": pa.array([1, 2], pa.time64("us")),
        "dictionary": pa.array(["a", None]).dictionary_encode(),
        "bytes": pa.array([b"\xff", None]),
    }
    report = drift_of(tmp_path, data, data)
    assert {column.name for column in report.columns if column.js == 0} == set(data) - {"bytes"}
    assert report.column("bytes").problem == "Values of type BLOB are not compared."
    assert report.column("bytes").missing_after == 0.5


def test_columns_that_came_went_or_changed(tmp_path: Path):
    """New and vanished columns and changed types are named; a wider number type is no change."""
    before = {"gone": [1, 2], "typed": [1, 2], "wider": pa.array([1, 2], pa.int32()), "list": [[1], [2]]}
    after = {"typed": ["1", "2"], "wider": [1.0, 2.0], "list": [[1], [2]], "new": [1, 2]}
    report = drift_of(tmp_path, before, after)
    assert (report.vanished_columns, report.new_columns) == (["gone"], ["new"])
    assert report.column("typed").problem == "The type changed from BIGINT to VARCHAR."
    states = {column.name: column.state for column in report.columns}
    assert states == {"gone": "vanished", "typed": "type", "wider": "compared", "list": "other"}
    with pytest.raises(NotFound, match="There is no column 'typo'"):
        report.column("typo")


def test_times_and_booleans(tmp_path: Path):
    """Times are compared as seconds, dates too; booleans as categories."""
    days = pd.date_range("2013-01-01", periods=100)
    before = pd.DataFrame({"at": days, "day": days.date, "late": [True, False] * 50})
    after = pd.DataFrame({"at": days + pd.Timedelta("50D"), "day": days.date, "late": [True] * 100})
    report = drift_of(tmp_path, before, after)
    assert (report.column("at").ks, report.column("at").kind) == (pytest.approx(0.5), "time")
    expected = 50 / np.std(np.arange(100))
    assert report.column("at").wasserstein == pytest.approx(expected, abs=1e-9)
    assert (report.column("day").js, report.column("late").vanished_count) == (0, 1)


def test_ten_thousand_categories(tmp_path: Path):
    """All of 10,000 categories are kept: chi-squared equals SciPy's with rare ones pooled; new ones are counted."""
    random = np.random.default_rng(0)
    names = np.array([f"tail {at}" for at in range(10_000)])
    before = np.concatenate([names, names[random.integers(0, 2_000, 90_000)]])
    after = np.concatenate([names[random.integers(0, 2_000, 40_000)], ["never seen"] * 3])
    (found,) = drift_of(tmp_path, {"t": before}, {"t": after}).columns
    counts = pd.concat([pd.Series(side).value_counts() for side in (before, after)], axis=1).fillna(0).to_numpy().T
    assert found.js == pytest.approx(jensenshannon(*counts, base=2), abs=1e-9)
    assert (found.new_categories, found.new_count) == ([CategoryCount("never seen", 3)], 1)
    assert found.vanished_count == 10_000 - len(set(after) - {"never seen"})
    assert len(found.bars) == 21


def test_more_categories_than_are_kept(tmp_path: Path):
    """Beyond the limit the rest is counted together, and nothing is claimed about new categories."""
    names = [f"id {at}" for at in range(12_000)]
    (found,) = drift_of(tmp_path, {"t": names}, {"t": [*names[:6_000], "new"]}).columns
    assert (found.new_count, found.new_categories, found.state) == (0, [], "compared")
    assert found.js is not None


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE chunk; --", '"c0"', "\0", "😀" * 300, "", " ", "NULL", "$1", "x" * 10**6]
)
def test_hostile_text(tmp_path: Path, name: str):
    """Any text is a category, and a name of a column, and keeps its rows to itself."""
    before, after = {name or "empty": [name, "a", "b"]}, {name or "empty": [name, name, f"{name}2"]}
    (found,) = drift_of(tmp_path, before, after).columns
    assert [bar.reference for bar in found.bars][:3] == pytest.approx([1 / 3] * 3)
    assert sorted(round(bar.chunk, 3) for bar in found.bars) == [0, 0, 0.333, 0.667]
    assert (found.new_count, found.vanished_count) == (1, 2)


def test_bars_are_shares_on_common_edges(tmp_path: Path):
    """The bars of both sides add up to 1, follow each other, and are NumPy's counts between the same edges."""
    before, after = normal(5_000), normal(5_000, seed=1, shift=2)
    bars = drift_of(tmp_path, before, after).column("n0").bars
    edges = np.array([bar.high for bar in bars[:-1]])
    for side, values in (("reference", before["n0"]), ("chunk", after["n0"])):
        counted = np.bincount(np.searchsorted(edges, values), minlength=len(bars)) / len(values)
        assert [getattr(bar, side) for bar in bars] == pytest.approx(list(counted))
    assert (bars[0].low, bars[-1].high, len(bars)) == (None, None, 20)
    assert all(one.high == two.low for one, two in pairwise(bars))


def test_windows_are_rows_of_the_table(tmp_path: Path):
    """A window compares the rows asked for and no others."""
    table = table_of(tmp_path, {"x": np.arange(1_000.0)}, "long")
    report = compare(sketch_of(tmp_path, {"x": np.arange(1_000.0)}), table, window=(100, 300))
    assert report.chunk_rows == 200
    assert report.columns[0].ks == pytest.approx(0.7, abs=0.0025)


def test_a_sketch_is_small_and_survives_json(tmp_path: Path):
    """The sketch of 20 columns of 20,000 different numbers is below 400 KB and comes back from JSON as it was."""
    reference = sketch_of(tmp_path, normal(20_000, 20))
    encoded = msgspec.json.encode(reference)
    assert len(encoded) < 430_000
    assert msgspec.json.decode(encoded, type=type(reference)) == reference


def test_columns_are_chosen(tmp_path: Path):
    """Only the columns asked for are compared; one that is not there, or twice, is an error that names it."""
    assert [column.name for column in sketch_of(tmp_path, normal(10), ["t0", "n1"]).columns] == ["n1", "t0"]
    with pytest.raises(InvalidInput, match="no column 'typo'"):
        sketch_of(tmp_path, normal(10), ["typo"])
    with pytest.raises(InvalidInput, match="'n0' is named twice"):
        sketch_of(tmp_path, normal(10), ["n0", "n0"])

"""Profiles: every number is what a careful person would count by hand, also for the odd columns."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchbook.data import dataset_detail, save_dataset
from benchbook.data.engine import open_engine
from benchbook.data.profile import make_profile
from benchbook.data.records import Bin, ColumnProfile, TopValue
from benchbook.data.tables import inspect_parquet

pytestmark = pytest.mark.usefixtures("project")
NAN, INF = float("nan"), float("inf")


def profile_of(data: object) -> dict[str, ColumnProfile]:
    """The profile of one column or table, by column."""
    table = data if isinstance(data, pd.DataFrame) else pa.table({"x": data})
    save_dataset("t", table)
    profile = dataset_detail("t").profile
    assert profile is not None
    return {column.name: column for column in profile.columns}


def test_numbers():
    """Missing, different values, extremes, mean, deviation and quantiles agree with pandas."""
    values = pd.Series(np.random.default_rng(0).normal(size=5_000).round(2))
    found = profile_of(pd.DataFrame({"x": values.where(values < 1)}))["x"]
    kept = values[values < 1]
    assert (found.missing, found.distinct, found.distinct_exact) == (5_000 - len(kept), kept.nunique(), True)
    assert (found.min, found.max) == (kept.min(), kept.max())
    assert (found.mean, found.std) == (pytest.approx(kept.mean()), pytest.approx(kept.std()))
    assert found.quantiles == pytest.approx(list(kept.quantile([0.05, 0.25, 0.5, 0.75, 0.95])), abs=0.02)


@pytest.mark.parametrize("wrap", [pa.float32, pa.float64])
def test_values_that_are_not_finite(wrap: Callable[[], pa.DataType]):
    """NaN counts as missing, infinities are counted and shown, and neither spoils mean, quantiles or histogram."""
    found = profile_of(pa.array([1.0, 2.0, NAN, INF, -INF, None], wrap()))["x"]
    assert (found.missing, found.infinite, found.distinct) == (2, 2, 4)
    assert (found.min, found.max, found.mean) == ("-inf", "inf", 1.5)
    assert sum(bin_.count for bin_ in found.histogram) == 2
    assert all(math.isfinite(value) for value in found.quantiles)


@pytest.mark.parametrize("values", [[], [None, None], [NAN, NAN]], ids=["empty", "null", "nan"])
def test_columns_without_values(values: list[float | None]):
    """An empty, all-null or all-NaN column has no extremes, quantiles or bars, and is no error."""
    found = profile_of(pa.array(values, pa.float64()))["x"]
    assert found == ColumnProfile("x", "DOUBLE", "number", missing=len(values), distinct=0)


def test_one_value():
    """A column of one value has one bar."""
    found = profile_of([7, 7, 7])["x"]
    assert (found.distinct, found.min, found.max, found.std) == (1, 7, 7, 0)
    assert found.histogram == [Bin(7.0, 7.0, 3)]


def test_few_integers_have_a_bar_each():
    """Integers that span fewer than 20 values get one bar for each value."""
    found = profile_of([1, 1, 2, 4])["x"]
    assert [(bin_.low, bin_.count) for bin_ in found.histogram] == [(1, 2), (2, 1), (3, 0), (4, 1)]


@given(
    values=st.lists(st.none() | st.floats(width=64), max_size=60)
    | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=60)
)
@settings(max_examples=40, deadline=None)
def test_histogram_counts_every_finite_value(values: list[float | None], tmp_path_factory: pytest.TempPathFactory):
    """Bars follow each other from the lowest to the highest value and hold every finite value once."""
    path = tmp_path_factory.mktemp("p") / "t.parquet"
    pq.write_table(pa.table({"x": values}), path)
    with open_engine(path) as engine:
        (found,) = make_profile(engine, *inspect_parquet(engine, path, "t")).columns
    finite = [value for value in values if value is not None and math.isfinite(value)]
    assert sum(bin_.count for bin_ in found.histogram) == len(finite)
    assert all(one.high == two.low for one, two in zip(found.histogram, found.histogram[1:], strict=False))
    assert found.missing == sum(value is None or math.isnan(value) for value in values)
    if finite:
        assert found.histogram[0].low == float(min(finite))


def test_words_and_times():
    """Text, boolean and time columns show their most frequent values; times are ISO text."""
    frame = pd.DataFrame(
        {
            "s": ["b", "a", "b", None],
            "b": [True, False, True, True],
            "d": pd.to_datetime(["2013-01-01 05:00", "2013-01-01 05:00", None, "2014-01-01 00:00"]),
            "z": pd.to_datetime(["2013-01-01 05:00"] * 4).tz_localize("Europe/Berlin"),
            "c": pd.Categorical(["u", "v", "u", "u"]),
        }
    )
    found = profile_of(frame)
    assert found["s"] == ColumnProfile("s", "VARCHAR", "text", 1, 2, "a", "b", top=[TopValue("b", 2), TopValue("a", 1)])
    assert (found["b"].kind, found["b"].top) == ("boolean", [TopValue("true", 3), TopValue("false", 1)])
    assert (found["d"].min, found["d"].max) == ("2013-01-01T05:00:00", "2014-01-01T00:00:00")
    assert found["z"].top == [TopValue("2013-01-01T04:00:00Z", 4)]
    assert (found["c"].kind, found["c"].distinct) == ("text", 2)


def test_odd_types():
    """Decimals are numbers; lists, structs, bytes and null columns tell what is missing; big integers stay exact."""
    table = {
        "dec": pa.array([1, None], pa.decimal128(20, 2)),
        "list": pa.array([[1], None]),
        "bytes": pa.array([b"\xff", None]),
        "null": pa.nulls(2),
        "big": pa.array([2**53 + 1, 0]),
        "u": pa.array([2**64 - 1, 0], pa.uint64()),
    }
    save_dataset("t", pa.table(table))
    found = {column.name: column for column in dataset_detail("t").profile.columns}
    assert [found[name].missing for name in table] == [1, 1, 1, 2, 0, 0]
    assert [found[name].kind for name in table] == ["number", "other", "other", "other", "number", "number"]
    assert (found["dec"].max, found["big"].max, found["u"].max) == (1.0, str(2**53 + 1), str(2**64 - 1))


def test_long_text_is_cut():
    """A frequent value of any length is shown by its beginning."""
    (top,) = profile_of(["x" * 1_000_000])["x"].top
    assert (len(top.value), top.count) == (201, 1)

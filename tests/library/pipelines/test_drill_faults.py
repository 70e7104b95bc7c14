"""Each fault changes what it says, in the rows it is given, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from benchbook.errors import InvalidInput
from benchbook.pipelines.drill import faults

N = 2000
WHERE = np.arange(N) >= 500


def random():
    """The same numbers each time."""
    return np.random.default_rng(7)


@pytest.fixture
def table() -> pa.Table:
    """Numbers of several types, text, categories and an answer, as a frame is stored."""
    source = np.random.default_rng(1)
    x = source.normal(size=N)
    frame = pd.DataFrame(
        {
            "x": x,
            "z": source.normal(5, 2, size=N),
            "whole": source.integers(0, 100, N).astype("int8"),
            "big": np.arange(N) + 2**60 + 1,
            "text": source.choice(["p", "q"], N),
            "kind": pd.Categorical(source.choice(["u", "v"], N), categories=["v", "u"]),
            "y": x > 0,
        }
    )
    frame.loc[3, "x"] = np.nan
    return pa.Table.from_pandas(frame)


def changed(before: pa.Table, after: pa.Table) -> set[str]:
    """Columns that differ; all tables keep their rows, order and metadata."""
    assert before.num_rows == after.num_rows
    assert before.column_names == after.column_names
    assert before.schema.metadata == after.schema.metadata
    return {name for name in before.column_names if not before.column(name).equals(after.column(name))}


def test_a_unit_multiplies_the_rows_it_is_given(table: pa.Table) -> None:
    """Rows outside keep the very same values, missing ones stay missing, and the type stays."""
    after = faults.change_unit(table, WHERE, "z")
    assert changed(table, after) == {"z"}
    before, now = table.column("z").to_numpy(), after.column("z").to_numpy()
    assert (now[:500] == before[:500]).all()
    assert now[500:] == pytest.approx(before[500:] * 1.609344)
    assert after.column("x").null_count == table.column("x").null_count


def test_whole_numbers_stay_whole_and_may_need_a_wider_type(table: pa.Table) -> None:
    """100 miles are 161 km, which an int8 does not hold; rows that do not change keep every bit."""
    after = faults.change_unit(table, WHERE, "whole")
    assert after.schema.field("whole").type == pa.int64()
    whole, now = table.column("whole").to_numpy(), after.column("whole").to_numpy()
    assert (now[500:] == np.round(whole[500:] * 1.609344)).all()
    big = faults.shift_mean(table, WHERE, "big", 10.0)
    assert big.column("big").slice(0, 500).equals(table.column("big").slice(0, 500))


def test_a_shift_moves_the_mean_alone(table: pa.Table) -> None:
    """The spread stays."""
    after = faults.shift_mean(table, WHERE, "z", 0.6)
    before, now = table.column("z").to_numpy()[500:], after.column("z").to_numpy()[500:]
    assert now.mean() - before.mean() == pytest.approx(0.6)
    assert now.std() == pytest.approx(before.std())


@pytest.mark.parametrize("column", ["z", "whole", "text", "kind", "y"])
def test_values_go_missing_in_any_column(table: pa.Table, column: str) -> None:
    """30 % of the rows, and the type stays, so that it is not the type that rings."""
    after = faults.drop_values(table, WHERE, column, random())
    assert changed(table, after) == {column}
    assert after.schema.field(column).type == table.schema.field(column).type
    gone = np.asarray(after.column(column).is_null())
    assert not gone[:500].any()
    assert gone[500:].mean() == pytest.approx(0.3, abs=0.04)


def test_a_new_category_comes(table: pa.Table) -> None:
    """In text as in categories, whose known values keep their numbers for the model fitted on them."""
    for column in ("text", "kind"):
        after = faults.add_category(table, WHERE, column, random())
        assert changed(table, after) == {column}
        new = after.column(column).to_pandas() == faults.NEW_CATEGORY
        assert not new[:500].any()
        assert new[500:].mean() == pytest.approx(0.2, abs=0.04)
    kept = after.to_pandas()["kind"]
    assert list(kept.cat.categories) == ["v", "u", faults.NEW_CATEGORY]
    assert (kept[~new].astype(str) == table.to_pandas()["kind"][~new].astype(str)).all()


def test_two_columns_of_one_type_change_places(table: pa.Table) -> None:
    """Only of one type: others would be noticed by it."""
    after = faults.swap_columns(table, WHERE, "x", "z")
    assert changed(table, after) == {"x", "z"}
    assert after.column("x").slice(500).equals(table.column("z").slice(500))
    assert after.column("z").slice(500).equals(table.column("x").slice(500))
    with pytest.raises(InvalidInput, match="cannot be swapped"):
        faults.swap_columns(table, WHERE, "x", "whole")


def test_labels_are_withheld(table: pa.Table) -> None:
    """They are missing, not false."""
    after = faults.withhold(table, WHERE, "y")
    assert changed(table, after) == {"y"}
    assert after.column("y").null_count == 1500


def test_a_concept_turns_without_inputs_or_answers_moving(table: pa.Table) -> None:
    """The same answers, as many of each, but they go with the other end of the column; half a share turns half."""
    after = faults.change_concept(table, WHERE, "y", "x", random(), 1.0)
    assert changed(table, after) == {"y"}
    before, now = table.column("y").to_numpy(), after.column("y").to_numpy()
    assert now.sum() == before.sum()
    x = table.column("x").to_numpy()
    assert np.corrcoef(x[500:], before[500:])[0, 1] > 0.7
    assert np.corrcoef(x[500:], now[500:])[0, 1] < -0.7
    half = faults.change_concept(table, WHERE, "y", "x", random(), 0.5).column("y").to_numpy()
    assert 0.1 < (half[500:] != before[500:]).mean() < 0.6 < (now[500:] != before[500:]).mean()


def test_a_seed_repeats_a_fault(table: pa.Table) -> None:
    """The same generator draws the same rows, another draws others."""
    first, again = (faults.drop_values(table, WHERE, "x", random()) for _ in range(2))
    other = faults.drop_values(table, WHERE, "x", np.random.default_rng(8))
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: faults.change_unit(t, WHERE, "text"), "'text' is of type .*, not a number"),
        (lambda t: faults.add_category(t, WHERE, "x", random()), "'x' is of type double, not text"),
        (lambda t: faults.drop_values(t, WHERE, "nowhere", random()), "no column 'nowhere'"),
        (lambda t: faults.change_concept(t, WHERE, "y", "text", random(), 1.0), "not a number"),
    ],
)
def test_what_does_not_fit_is_refused(table: pa.Table, call, said: str) -> None:
    """The error names column and type."""
    with pytest.raises(InvalidInput, match=said):
        call(table)

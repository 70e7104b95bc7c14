"""Proposed thresholds ring rarely by chance, always for what matters, and say what rang."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchbook.errors import InvalidInput
from benchbook.monitoring import Reference, alarms, compare, propose_thresholds
from benchbook.monitoring.records import Alarm
from library.monitoring.tables import normal, sketch_of, table_of

REFERENCE = normal(20_000, 5)


@pytest.fixture
def reference(tmp_path: Path) -> Reference:
    """A sketch of 20,000 rows of 5 number columns and a category."""
    return sketch_of(tmp_path, REFERENCE)


def rung(reference: Reference, folder: Path, chunk: pd.DataFrame) -> list[Alarm]:
    """The alarms of a chunk by the thresholds proposed for its size."""
    return alarms(
        compare(reference, table_of(folder, chunk, "chunk")), propose_thresholds(reference, max(1, len(chunk)))
    )


@pytest.mark.parametrize("rows", [30, 300])
def test_false_alarms_are_rare(reference: Reference, tmp_path: Path, rows: int):
    """Of 60 small chunks drawn from the reference at most 3 ring, over all columns together."""
    limits = propose_thresholds(reference, rows)
    random, false = np.random.default_rng(1), 0
    for _ in range(60):
        chunk = REFERENCE.iloc[random.choice(len(REFERENCE), rows, replace=False)].reset_index(drop=True)
        false += bool(alarms(compare(reference, table_of(tmp_path, chunk, "chunk")), limits))
    assert false <= 3


def test_null_quantiles_are_those_of_simulation(reference: Reference):
    """What chance alone stays under agrees with the quantile of many chunks drawn from the same bins."""
    sketch = reference.columns[0]
    (limit,) = [one for one in propose_thresholds(reference, 300) if (one.column, one.statistic) == ("n0", "js")]
    random, shares = np.random.default_rng(5), sketch.bins() / sketch.present
    from benchbook.monitoring.formulas import js_distance

    drawn = [js_distance(random.multinomial(20_000, shares), random.multinomial(300, shares)) for _ in range(20_000)]
    level = 0.05 / len(propose_thresholds(reference, 300))
    assert limit.null == pytest.approx(np.quantile(drawn, 1 - level), rel=0.06)


def test_a_shift_rings(reference: Reference, tmp_path: Path):
    """A shift by 0.5 standard deviations in one of six columns rings for that column, in a sentence."""
    (alarm,) = rung(reference, tmp_path, normal(2_000, 5, seed=3, shift=0.5))
    assert (alarm.column, alarm.statistic) == ("n0", "js")
    assert alarm.message.startswith("n0: its values moved (Jensen-Shannon distance 0.2")
    assert alarm.message.endswith("alarm above 0.10; p < 0.001).")


def test_a_trifle_does_not_ring(reference: Reference, tmp_path: Path):
    """A shift by 0.1 is significant in 20,000 rows and too small to matter."""
    chunk = normal(20_000, 5, seed=3, shift=0.1)
    report = compare(reference, table_of(tmp_path, chunk, "chunk"))
    assert report.column("n0").p_value < 0.001
    assert alarms(report, propose_thresholds(reference, 20_000)) == []


def test_each_kind_of_fault_rings(reference: Reference, tmp_path: Path):
    """Missing, infinite, new and out-of-range values, vanished and retyped columns ring, each with its own sentence."""
    chunk = normal(1_000, 5, seed=3)
    chunk.loc[:299, "n0"] = np.nan
    chunk.loc[:99, "n1"] = np.inf
    chunk.loc[:49, "n2"] = 1e6
    chunk.loc[:99, "t0"] = "<new>"
    chunk["n3"] = chunk["n3"].astype(str)
    found = rung(reference, tmp_path, chunk.drop(columns="n4"))
    said = {(alarm.column, alarm.statistic): alarm.message for alarm in found}
    assert said["n0", "missing"].startswith("n0: missing in 30.0% of rows, 0.0% in the reference")
    assert said["n1", "infinite"] == "n1: infinite in 10.00% of rows, 0.00% in the reference."
    assert "5.0% of its values lie outside the range" in said["n2", "out_of_range"]
    assert (
        "10.0% of its values are in categories the reference does not have, such as '<new>'"
        in said["t0", "new_categories"]
    )
    assert said["n3", "state"] == "n3: The type changed from DOUBLE to VARCHAR."
    assert said["n4", "state"] == "n4: The chunk does not have this column."


def test_odd_references_and_chunks(tmp_path: Path):
    """Constant, all-missing and time columns, one row and no rows: thresholds exist and nothing rings by itself."""
    frame = pd.DataFrame(
        {
            "same": [1.0] * 200,
            "none": [np.nan] * 200,
            "word": ["a"] * 200,
            "at": pd.date_range("2013-01-01", periods=200),
        }
    )
    reference = sketch_of(tmp_path, frame)
    later = frame.assign(at=frame["at"] + pd.Timedelta("365D"))
    for chunk in (later, later.head(1), later.head(0)):
        assert rung(reference, tmp_path, chunk) == []
    assert {alarm.column for alarm in rung(reference, tmp_path, later.assign(same=2.0))} == {"same"}
    assert propose_thresholds(sketch_of(tmp_path, frame.head(0)), 10) == []


def test_ordinary_changes_of_the_reference_period_do_not_ring(tmp_path: Path):
    """With the reference's table, what its own consecutive chunks do is ordinary; without it, it would ring."""
    frame = pd.DataFrame({"x": np.sin(np.arange(4_000) / 400) + 0.1 * normal(4_000)["n0"]})
    reference, table = sketch_of(tmp_path, frame), table_of(tmp_path, frame, "period")
    report = compare(reference, table, window=(1_000, 1_500))
    assert alarms(report, propose_thresholds(reference, 500)) != []
    assert alarms(report, propose_thresholds(reference, 500, table=table)) == []


def test_the_same_seed_gives_the_same_thresholds(reference: Reference):
    """Nothing depends on chance twice."""
    assert propose_thresholds(reference, 77) == propose_thresholds(reference, 77)


@pytest.mark.parametrize("rows", [0, -3, 1.5, True, "many"])
def test_chunks_have_rows(reference: Reference, rows: object):
    """A size that cannot be is an error that shows it."""
    with pytest.raises(InvalidInput, match="whole number of rows"):
        propose_thresholds(reference, rows)

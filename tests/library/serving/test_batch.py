"""Batch scoring: a dataset in, the same rows with predictions out, in a run that says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from benchbook.data import load_dataset, save_dataset
from benchbook.errors import InvalidInput, NotFound
from benchbook.models import load_model
from benchbook.project import Project
from benchbook.serving import batch, predict
from benchbook.tracking import get_run, list_runs, start_run
from library.serving.asking import flights


def links(run: str) -> set[tuple[str, str, str, int]]:
    """What a run used and made."""
    return {(link.role, link.noun, link.name, link.version) for link in get_run(run).links}


def test_a_dataset_is_scored(delay: Project) -> None:
    """Rows as they were, in their order, with prediction, probability and version; the run links all three."""
    frame = flights(100, seed=3).assign(note="kept", id=[f"f{number}" for number in range(100)])
    save_dataset("new", frame)
    made = predict("delay@champion", "new")
    scored = load_dataset(made.dataset)
    assert isinstance(scored, pd.DataFrame)
    pd.testing.assert_frame_equal(scored[list(frame)], frame)
    model = load_model("delay:1")
    assert scored["prediction"].tolist() == model.predict(frame[list(flights(1))]).tolist()
    assert scored["probability"].tolist() == pytest.approx(model.predict_proba(frame[list(flights(1))])[:, 1])
    assert set(scored["model_version"]) == {1}
    assert (made.rows, made.dataset, made.data) == (100, "delay-predictions:1", "new:1")
    assert links(made.run) == {
        ("used", "model", "delay", 1),
        ("used", "dataset", "new", 1),
        ("made", "dataset", "delay-predictions", 1),
    }


def test_chunks_make_no_difference(delay: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that goes through in many pieces, from Parquet or CSV, gives what it gives whole."""
    frame = flights(97, seed=3)
    frame.to_csv("new.csv", index=False)
    save_dataset("table", frame)
    save_dataset("text", "new.csv")
    whole = load_dataset(predict("delay", "table", save="whole").dataset)
    monkeypatch.setattr(batch, "CHUNK", 10)
    for name in ("table", "text"):
        pieces = load_dataset(predict("delay", name, save=name + "-scored").dataset)
        pd.testing.assert_frame_equal(pieces, whole, check_dtype=False)  # type: ignore[arg-type]


def test_a_frame_is_scored_with_ids(delay: Project) -> None:
    """A frame in memory, its ids from a column as text, unseen categories counted; inside another run it is a child."""
    frame = flights(4).assign(number=[10, 11, 12, 13], carrier=["UA", "ZZ", "ZZ", "YY"])
    with start_run("monthly") as outer:
        made = predict("delay", frame, save="scored", id="number")
    scored: Any = load_dataset("scored")
    assert scored["id"].tolist() == ["10", "11", "12", "13"]
    assert made.warnings == ["Column 'carrier': the model has never seen 'ZZ', 'YY' (3 rows)."]
    assert get_run(made.run).parent == outer.id
    assert get_run(outer.id).status == "finished"


@pytest.mark.parametrize(
    ("change", "asked", "text"),
    [
        ({"weekday": 2.5}, {}, r"'weekday' holds 2.5 \(row 12\)"),
        ({"carrier": None}, {"id": "nothing"}, "no column 'nothing'"),
        ({"prediction": 1}, {}, "column 'prediction'"),
        ({"id": 1}, {"id": "hour"}, "'id' already"),
        ({}, {"save": "a/b"}, "dataset name"),
    ],
)
def test_what_cannot_be_scored_is_said(delay: Project, change: Any, asked: Any, text: str, monkeypatch: Any) -> None:
    """Row and column of the whole table are named; no dataset is made, and the run is failed."""
    monkeypatch.setattr(batch, "CHUNK", 5)
    frame = flights(20).astype(object)
    for name, value in change.items():
        frame.loc[12:, name] = value
    with pytest.raises(InvalidInput, match=text):
        predict("delay", frame.astype(flights(1).drop(columns=list(change), errors="ignore").dtypes), **asked)
    assert {run.status for run in list_runs().runs} <= {"failed"}
    with pytest.raises(NotFound):
        load_dataset("delay-predictions")


def test_empty_and_missing_data(delay: Project) -> None:
    """A table without rows, one that lacks a column, a file that is no table, and none at all."""
    with pytest.raises(InvalidInput, match="no rows"):
        predict("delay", flights(3).head(0))
    with pytest.raises(InvalidInput, match="lacks columns that the model takes: carrier"):
        predict("delay", flights(3).drop(columns="carrier"))
    (delay.root / "note.txt").write_text("x")
    save_dataset("note", "note.txt")
    with pytest.raises(InvalidInput, match="not a table"):
        predict("delay", "note")
    with pytest.raises(NotFound, match="Did you mean: note"):
        predict("delay", "nte")


def test_from_the_command_line(delay: Project) -> None:
    """`benchbook predict` prints what it made as JSON."""
    save_dataset("new", flights(10))
    command = [sys.executable, "-m", "benchbook", "predict", "delay@champion"]
    done = subprocess.run([*command, "new", "--json"], capture_output=True, text=True, check=True, env={**os.environ})
    assert json.loads(done.stdout)["dataset"] == "delay-predictions:1"

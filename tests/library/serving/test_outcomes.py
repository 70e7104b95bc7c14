"""Outcomes come whenever they are known, and are joined to predictions by id."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchbook.errors import InvalidInput, NotFound
from benchbook.project import Project
from benchbook.serving import count_predictions, list_predictions, log_outcomes, prediction_frame
from benchbook.store import Query
from benchbook.tracking import list_runs, start_run


@pytest.fixture
def predicted(project: Project) -> Project:
    """Three predictions of `delay`, as an endpoint logs them."""
    run = start_run("serve delay", kind="endpoint", project=project)
    for number, output in enumerate([True, False, True]):
        inputs = {"hour": number, "carrier": "UA" if number else None}
        data = {"model": "delay", "version": 1 + number // 2, "inputs": inputs, "output": output}
        run.stream.append_keyed("prediction", [(f"p{number}", {**data, "probability": 0.5, "latency_ms": 2.0})])
    run.finish()
    return project


def outcomes(of: str = "delay") -> dict[str, Any]:
    """The outcome of each prediction that has one."""
    found = list_predictions(of).set_index("id")["outcome"].dropna()
    return dict(found)


def test_outcomes_meet_their_predictions(predicted: Project) -> None:
    """A mapping or a frame of ids and outcomes; what is not known yet is left out and counted."""
    said = log_outcomes("delay", {"p0": True, "p1": None, "p2": np.nan})
    assert (said.logged, said.missing, said.unknown) == (1, 2, 0)
    log_outcomes("delay", pd.DataFrame({"outcome": np.array([True, False]), "id": ["p1", "p2"], "more": 1}))
    assert outcomes() == {"p0": True, "p1": True, "p2": False}
    assert list_runs(kind="run").total == 0  # they belong to no run


def test_labels_may_come_first(project: Project) -> None:
    """Ids nobody knows are kept, reported, and joined when their prediction comes."""
    said = log_outcomes("delay", dict.fromkeys(range(20), 1.5))
    assert (said.logged, said.unknown, said.unknown_ids) == (20, 20, [str(number) for number in range(10)])
    run = start_run("serve delay", kind="endpoint")
    run.stream.append_keyed("prediction", [("7", {"model": "delay", "version": 1, "inputs": {}, "output": 1})])
    run.finish()
    assert outcomes() == {"7": 1.5}


def test_the_newest_outcome_counts_and_the_others_stay(predicted: Project) -> None:
    """The same again is repeated, another one contradicts: both are counted, and history keeps them all."""
    assert log_outcomes("delay", {"p0": True}).repeated == 0
    again = log_outcomes("delay", {"p0": True, "p1": False})
    assert (again.repeated, again.contradicted) == (1, 0)
    other = log_outcomes("delay", {"p0": False, "p2": True})
    assert (other.repeated, other.contradicted) == (1, 1)
    assert outcomes() == {"p0": False, "p1": False, "p2": True}
    rows = predicted.store.read(Query("SELECT id, value, newest FROM outcomes ORDER BY id, time"))
    assert [row for row in rows if row[0] == "p0"] == [
        ("p0", "true", False),
        ("p0", "true", False),
        ("p0", "false", True),
    ]


def test_a_rebuilt_store_holds_the_same_outcomes(predicted: Project) -> None:
    """Deleting store.duckdb changes no answer, whatever order the streams are read in."""
    for value in (1, 2, 3):
        log_outcomes("delay", {f"p{number}": value for number in range(3)})
    query = Query("SELECT * FROM outcomes ORDER BY file, seq")
    before = predicted.store.read(query)
    assert len(before) == 9
    (predicted.folder / "store.duckdb").unlink()
    assert predicted.store.read(query) == before
    assert outcomes() == {"p0": 3, "p1": 3, "p2": 3}


def test_outcomes_of_another_model_are_its_own(predicted: Project) -> None:
    """One id may stand for a prediction of each of two models."""
    log_outcomes("other", {"p0": False})
    assert outcomes() == {}


def test_counts_by_version_and_day(predicted: Project) -> None:
    """Each version and day: predictions, outcomes, wrong ones (however spelled), repeated and contradicted."""
    log_outcomes("delay", {"p0": "true", "p1": 1, "p2": True})
    log_outcomes("delay", {"p1": True})
    second, first = count_predictions("delay")
    assert (first.version, first.predictions, first.outcomes, first.wrong) == (1, 2, 2, 1)
    assert (first.repeated, first.contradicted, first.latency_ms) == (0, 1, 2.0)
    assert (second.version, second.predictions, second.wrong) == (2, 1, 0)
    assert first.day == dt.datetime.now(dt.UTC).strftime("%Y-%m-%d")
    assert list_predictions("delay", wrong=True)["id"].tolist() == ["p1"]


def test_a_range_of_time(predicted: Project) -> None:
    """`since` is in, `until` is not; datetimes, ISO text and seconds mean the same."""
    first = list_predictions("delay")["time"].iloc[-1]
    assert len(list_predictions("delay", since=first)) == 3
    assert len(list_predictions("delay", until=first)) == 0
    assert len(list_predictions("delay", since=first.isoformat(), limit=2)) == 2
    assert len(list_predictions("delay", since=first.timestamp() + 3600)) == 0
    assert len(list_predictions("delay", until=dt.date(2001, 1, 1))) == 0


def test_the_flat_frame_can_be_saved_as_parquet(predicted: Project, tmp_path: Any) -> None:
    """Inputs under their own names, ours beside them, oldest first, each column of one kind."""
    log_outcomes("delay", {"p0": 1, "p1": "late"})
    flat = prediction_frame("delay")
    assert flat["hour"].tolist() == [0, 1, 2]
    assert flat["prediction.id"].tolist() == ["p0", "p1", "p2"]
    assert flat["prediction.outcome"].tolist()[:2] == ["1", "late"]
    flat.to_parquet(tmp_path / "flat.parquet")
    assert pd.read_parquet(tmp_path / "flat.parquet")["prediction.output"].tolist() == [True, False, True]
    assert prediction_frame("delay", until=0).empty


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"a": [1]}, "neither a number"),
        ({"a": {"b": 1}}, "neither a number"),
        ({"a": float("inf")}, "inf"),
        ({"": 1}, "empty"),
        ({"a\n": 1}, "control character"),
        ({"x" * 201: 1}, "201 characters"),
        ({None: 1}, "NoneType"),
        ({1.5: 1}, "float"),
        ([("a", 1)], "mapping"),
        (pd.DataFrame({"id": ["a"], "label": [1]}), "'outcome'"),
        (pd.DataFrame([["a", 1, 2]], columns=["id", "outcome", "outcome"]), "2 columns named 'outcome'"),
    ],
)
def test_what_is_no_outcome_is_refused_whole(project: Project, given: Any, text: str) -> None:
    """One wrong id or value: an error that names it, and nothing at all is logged."""
    both = {"good": 1, **given} if isinstance(given, dict) else given
    with pytest.raises(InvalidInput, match=text):
        log_outcomes("delay", both)
    assert not (project.folder / "streams").exists()


@pytest.mark.parametrize("bad", [{"since": "soon"}, {"until": float("nan")}, {"limit": 0}, {"since": [1]}])
def test_a_question_that_cannot_be_is_refused(predicted: Project, bad: dict[str, Any]) -> None:
    """Times that are none and limits out of range are named; an unknown model lists those there are."""
    with pytest.raises(InvalidInput, match=next(iter(bad))):
        list_predictions("delay", **bad)
    with pytest.raises(NotFound, match="Did you mean: delay"):
        list_predictions("dely")

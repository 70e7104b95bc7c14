"""The template `flights`, as a stranger runs it: the whole pipeline on the real data, and what it promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchbook.data import load_dataset
from benchbook.governance.verdicts import list_verdicts
from benchbook.models import get_model
from benchbook.monitoring.state import monitor_state
from benchbook.objects import objects_of
from benchbook.project import open_project
from benchbook.tracking import get_run, list_runs

STEPS = ["ingest", "explore", "features", "train", "evaluate"]
NAMES = ["flight_id", "departs", "month"]
KNOWN = ["carrier", "origin", "dest", "distance", "departure_hour", "arrival_hour", "weekday", "departures_same_hour"]
KNOWN += ["plane_age", "plane_seats"]
KNOWN += ["temperature", "dew_point", "humidity", "wind_speed", "precipitation", "pressure", "visibility"]
ANSWER = "late"


def command(*words: str, cwd: Path, code: int = 0) -> str:
    """What `benchbook …` prints; it must exit with ``code``."""
    called = [sys.executable, "-P", "-m", "benchbook", *words]
    done = subprocess.run(called, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made from the template, after one run of its pipeline."""
    place = tmp_path_factory.mktemp("flights")
    command("new", "flights", "demo", cwd=place)
    before = {path.name: path.read_bytes() for path in (place / "demo").glob("*.ipynb")}
    command("run", cwd=place / "demo")
    assert {path.name: path.read_bytes() for path in (place / "demo").glob("*.ipynb")} == before
    return place / "demo"


def records(project: Path, *words: str) -> list[dict[str, Any]]:
    """What a listing command prints as JSON."""
    found: list[dict[str, Any]] = json.loads(command(*words, "--json", cwd=project))
    return found


def test_five_steps_stand_under_one_pipeline_run(flights: Path) -> None:
    """The pipeline's run has five finished steps, each with its executed copy."""
    runs = records(flights, "runs")
    (pipeline,) = [run for run in runs if run["kind"] == "pipeline"]
    steps = [run for run in runs if run["kind"] == "step"]
    assert sorted(run["name"] for run in steps) == sorted(STEPS)
    assert {run["parent"] for run in steps} == {pipeline["id"]}
    assert {run["status"] for run in runs} == {"finished"}
    assert pipeline["notebook"] == ""
    assert {run["notebook"] for run in steps} == {f"{step}.ipynb" for step in STEPS}
    kept = json.loads(command("sql", "SELECT path FROM artifacts", "--json", cwd=flights))
    assert {f"{step}.ipynb" for step in STEPS} <= {row["path"] for row in kept}


def test_data_and_champion_are_there(flights: Path) -> None:
    """The data of each step, and one model, which the gate has let become champion."""
    names = {item["name"] for item in records(flights, "datasets")}
    assert {"flights", "weather", "features", "history", "evaluation"} <= names
    (model,) = records(flights, "models")
    assert (model["name"], sorted(model["latest"]["aliases"])) == ("delay", ["challenger", "champion"])
    (verdict,) = list_verdicts(project=open_project(flights))
    assert (verdict.gate, verdict.version, verdict.passed, verdict.against) == ("release", 1, True, None)
    assert model["latest"]["data"] == [{"name": "features", "version": 1}]


def test_april_is_judged_as_well_as_it_can_be(flights: Path) -> None:
    """ROC AUC in the month it has never seen is about 0.65: far above chance, and far from a leak."""
    (evaluate,) = records(flights, "runs", "name = 'evaluate'", "--limit", "1")
    assert evaluate["spark"]["key"] == "roc_auc"
    assert 0.60 < evaluate["spark"]["last"] < 0.72
    metrics = {metric.key: metric.last for metric in get_run(evaluate["id"], project=open_project(flights)).metrics}
    assert metrics["average_precision"] > metrics["baseline_average_precision"] > 0.2
    assert 0.55 < metrics["baseline_roc_auc"] < metrics["roc_auc"]


def test_features_hold_nothing_of_the_future(flights: Path) -> None:
    """The columns are exactly those that are known two hours before departure, and the answer."""
    (features,) = [item for item in records(flights, "datasets") if item["name"] == "features"]
    assert [column["name"] for column in features["latest"]["columns"]] == [*NAMES, *KNOWN, ANSWER]
    (model,) = records(flights, "models")
    assert [field["name"] for field in model["latest"]["signature"]["inputs"]] == KNOWN


def test_weather_is_what_had_been_read_two_hours_before(flights: Path) -> None:
    """No flight sees a reading of the two hours before its scheduled departure, or of a later one."""
    project = open_project(flights)
    features, weather = (load_dataset(name, project=project) for name in ("features", "weather"))
    local = pd.to_datetime(weather[["year", "month", "day", "hour"]])
    read = weather.assign(read=local)[["origin", "read", "pressure"]]
    before = features["departs"].dt.floor("h") - pd.Timedelta(hours=2)
    expected = features[["origin"]].assign(read=before).merge(read.drop_duplicates(["origin", "read"]), how="left")
    agree = features["pressure"].eq(expected["pressure"]) | features["pressure"].isna()
    assert agree.mean() > 0.999  # on 10 March the local clock jumps


def test_flights_that_never_arrived_are_left_out_openly(flights: Path) -> None:
    """Cancelled and diverted flights stay in `flights`, are no rows of `features`, and their share is logged."""
    project = open_project(flights)
    outcome = load_dataset("flights", project=project)["outcome"]
    assert set(outcome) == {"arrived", "cancelled", "diverted"}
    assert len(load_dataset("features", project=project)) == (outcome == "arrived").sum()
    (step,) = list_runs("name = 'features'", project=project).runs
    metrics = {metric.key: metric.last for metric in get_run(step.id, project=project).metrics}
    assert metrics["left_out_share"] == pytest.approx((outcome != "arrived").mean())


def test_training_leaves_a_curve_and_plots(flights: Path) -> None:
    """Log loss has a point for each tree; explore, train and evaluate keep their plots."""
    project = open_project(flights)
    steps = {row.name: get_run(row.id, project=project) for row in list_runs("kind = 'step'", project=project).runs}
    points = {metric.key: metric.count for metric in steps["train"].metrics}
    assert points["train_log_loss"] == points["valid_log_loss"] == 400
    plots = {name: sum(a.media_type == "image/png" for a in run.artifacts) for name, run in steps.items()}
    assert plots == {"ingest": 0, "explore": 5, "features": 0, "train": 2, "evaluate": 4}


def test_nothing_warns(flights: Path) -> None:
    """No cell of an executed copy writes to standard error: no warning is left for a reader to wonder about."""
    project = open_project(flights)
    for row in list_runs("kind = 'step'", project=project).runs:
        (copy,) = [a for a in get_run(row.id, project=project).artifacts if a.path.endswith(".ipynb")]
        cells = json.loads(objects_of(project).get_bytes(copy.digest))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        assert [output for output in outputs if output.get("name") == "stderr"] == []


def test_history_says_what_was_predicted_before_it_came_true(flights: Path) -> None:
    """The winter's probabilities are of models that had not seen the day; April joins with those of the champion."""
    project = open_project(flights)
    winter, known = (load_dataset(f"history:{version}", project=project) for version in (1, 2))
    assert (winter["departs"].max().month, known["departs"].max().month) == (3, 4)
    assert known[known["departs"].dt.month == 4]["version"].unique().tolist() == [1]
    assert not known[["probability", "late"]].isna().any().any()
    assert 0.68 < roc_auc_score(winter["late"], winter["probability"]) < 0.73  # seen days would give above 0.78


def test_the_loop_turns_out_of_the_box(flights: Path) -> None:
    """`watch --once` looks at April, retrains on its drift and lets the gate decide; it can be asked again."""
    told = command("watch", "--once", cwd=flights)
    project = open_project(flights)
    state = monitor_state(project, "delay")
    (seen,) = state.latest
    assert (seen.chunk.id, seen.model, seen.reference) == ("2013-04", "delay:1", "history:1")
    assert seen.performance is not None
    assert seen.estimate is not None
    (done,) = state.retrainings
    assert (done.status, done.params["until"][:10]) == ("finished", "2013-05-01")
    assert done.outcome in ("promoted", "held"), told
    judged = [one for one in list_verdicts(project=project) if one.version > 1]
    assert {one.version for one in judged} == {2, 3}
    challenger, champion = (get_model(f"delay@{alias}", project=project) for alias in ("challenger", "champion"))
    assert {2: "all months", 3: "last 3 months"}[challenger.version] == challenger.note
    assert champion.version == (done.version or 1)
    # What calls for no retraining stays open until somebody closes it, and `monitor` ends with 1 while anything is.
    table = command("monitor", "delay", cwd=flights, code=int(bool(state.open_alerts)))
    assert "Last retraining, " in table
    assert str(done.outcome) in table
    asked = command("gate", "--check", "release", "delay@challenger", cwd=flights, code=1)
    assert f"delay:{challenger.version}" in asked

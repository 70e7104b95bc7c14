"""A fire drill grades what the real monitor makes of known faults: found at once, at the right column, by its alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.errors import InvalidInput, NotFound
from benchbook.pipelines.drill import FAULTS, Drill, Settings, Trial, list_drills, run_drill
from benchbook.project import Project, open_project
from library.pipelines.drill_project import YAML, make_drill_project

ALARMS = Settings(retrain=False)


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Drill]:
    """A project, and a drill of every fault without retraining."""
    project = make_drill_project(open_project(tmp_path_factory.mktemp("drilled")))
    return project, run_drill("m", settings=ALARMS, project=project)


def trial(drill: Drill, fault: str) -> Trial:
    """What became of one fault."""
    return next(one for one in drill.trials if one.fault == fault)


def test_every_fault_is_tried_after_a_control(drilled: tuple[Project, Drill]) -> None:
    """In the order of the catalogue; the newest chunks are clean first, then faulty."""
    drill = drilled[1]
    assert [one.fault for one in drill.trials] == ["control", *FAULTS]
    assert (drill.clean, drill.faulty) == (["2013-04", "2013-05"], ["2013-06", "2013-07"])
    assert (drill.monitor, drill.model, drill.data, drill.metric) == ("m", "m:1", "history:2", "accuracy")


def test_the_control_rings_nothing(drilled: tuple[Project, Drill]) -> None:
    """Traffic like the reference is no alarm, in none of the chunks."""
    control = trial(drilled[1], "control")
    assert (control.grade, control.rung, control.false_alarms) == ("A", [], 0)
    assert len(control.chunks) == 4
    assert all(one.truth is not None and one.truth > 0.85 for one in control.chunks)


@pytest.mark.parametrize(
    ("fault", "column", "kind"),
    [
        ("unit", "a", "drift"),
        ("category", "kind", "drift"),
        ("missing", "a", "quality"),
        ("small-shift", "a", "drift"),
        ("large-shift", "a", "drift"),
        ("swap", "a", "drift"),
    ],
)
def test_broken_inputs_ring_at_once_by_name(drilled: tuple[Project, Drill], fault: str, column: str, kind: str) -> None:
    """In the first faulty chunk, at the input that matters most, with the number that rang in the sentence."""
    one = trial(drilled[1], fault)
    assert (one.grade, one.late) == ("A", 0)
    assert (one.rung[0].column, one.rung[0].kind, one.rung[0].chunk) == (column, kind, "2013-06")
    assert column in one.columns
    assert one.sentence.startswith(f"{kind} rang at once: {column}: ")
    assert len(one.chunks) == 1  # without retraining nothing more is to be learned


def test_late_labels_are_noted_and_no_alarm(drilled: tuple[Project, Drill]) -> None:
    """Nothing is wrong with the data: the monitor says that labels are not there, and estimates."""
    one = trial(drilled[1], "late-labels")
    assert (one.grade, one.late, [rung.kind for rung in one.rung]) == ("A", 0, ["labels"])
    assert "None of 1,000 rows has a label yet. Estimated accuracy" in one.sentence


def test_a_concept_is_found_by_performance_alone(drilled: tuple[Project, Drill]) -> None:
    """P(X) does not move, so nothing but labels can tell."""
    one = trial(drilled[1], "concept")
    assert one.grade == "A"
    assert {rung.kind for rung in one.rung} == {"performance"}
    assert one.recovery is not None
    assert one.recovery.during < one.recovery.before - 0.1


def test_the_drill_is_remembered(drilled: tuple[Project, Drill]) -> None:
    """As one fact with date and grades, which audit tells in words; of other monitors there is none."""
    from benchbook.governance.audit import list_audit

    project, drill = drilled
    assert list_drills("m", project=project) == [drill]
    assert list_drills("other", project=project) == []
    entry = list_audit(noun="drill", project=project)[0]
    assert entry.sentence.startswith("held a fire drill of the monitor m: control A, unit A")


def test_a_seed_repeats_a_drill(drilled: tuple[Project, Drill]) -> None:
    """The same faults in the same rows give the same grades and numbers, whatever else is drilled."""
    project, drill = drilled
    again = trial(run_drill("m", ["missing"], ALARMS, project=project), "missing")
    assert again == trial(drill, "missing")


def test_retraining_is_graded_by_what_came_back(project: Project) -> None:
    """The alarm starts the real pipeline, the real gate promotes, and the next chunk shows what came back."""
    make_drill_project(project, months=8)
    one = trial(run_drill("m", ["concept"], Settings(clean=1, faulty=4), project=project), "concept")
    assert one.retrained[-1].outcome == "promoted"
    assert one.recovery is not None
    assert one.recovery.after is not None
    assert one.recovery.after > one.recovery.during + 0.1
    assert one.mended.startswith("recovered ")
    served = [seen.model for seen in one.chunks]
    assert (served[0], served[-1]) == ("m:1", f"m:{one.retrained[-1].version}")


def test_what_the_gate_holds_is_said(project: Project) -> None:
    """A gate nothing passes: the grade of the alarm stays, the retraining is told as held, with the gate's reason."""
    make_drill_project(project, months=6)
    (project.root / "benchbook.yaml").write_text(YAML.replace("better_by: 0.03", "min: 1.0"))
    one = trial(run_drill("m", ["large-shift"], Settings(clean=1, faulty=2), project=project), "large-shift")
    assert one.grade == "A"
    assert one.mended == "held"
    assert "did not pass release" in one.retrained[0].reason


def test_an_unwatched_column_is_told_with_what_to_do(project: Project) -> None:
    """No rule watches it: F, and the sentence names the key to change."""
    text = YAML.replace("metric: accuracy\n    max", "metric: accuracy\n    columns: [a]\n    max")
    make_drill_project(project, text=text, months=5)
    drill = run_drill("m", ["missing"], Settings(column="b", retrain=False), project=project)
    one = trial(drill, "missing")
    assert (one.grade, one.columns) == ("F", ["b"])
    assert "No rule watches b: add it to `columns:`" in one.sentence
    assert not drill.passed


def test_what_does_not_fit_is_not_passed_over_in_silence(project: Project) -> None:
    """A column of the wrong type, no target: each fault says why it was not tried."""
    make_drill_project(project, text=YAML.replace("    target: y\n    metric", "    metric"), months=5)
    drill = run_drill(
        "m", ["category", "swap", "late-labels", "concept"], Settings("a", retrain=False), project=project
    )
    told = {one.fault: (one.grade, one.sentence) for one in drill.trials[1:]}
    assert told["category"] == (
        "-",
        "Not applicable: a is of type DOUBLE; this fault needs a column of categories (text).",
    )
    assert told["swap"][0] == "A"
    for fault in ("late-labels", "concept"):
        assert told[fault] == ("-", "Not applicable: The monitor has no `target:`, so it never sees what came true.")
    assert drill.passed


def test_alarms_that_ring_anyway_are_no_merit(project: Project) -> None:
    """Traffic that has moved by itself rings in the control, and a fault that looks the same is told as masked."""
    import pandas as pd

    from benchbook.data import load_dataset, save_dataset

    make_drill_project(project, months=5, text=YAML.replace("max_drop: 0.1", "max_drop: 0.3"))
    known = load_dataset("history", project=project)
    assert isinstance(known, pd.DataFrame)
    known.loc[known["at"] >= "2013-04-01", "b"] += 4
    save_dataset("history", known, project=project)
    drill = run_drill("m", ["small-shift"], Settings("b", retrain=False), project=project)
    assert (drill.trials[0].grade, drill.trials[0].false_alarms) == ("F", 2)
    assert "renew `reference:`" in drill.trials[0].sentence
    one = trial(drill, "small-shift")
    assert one.grade == "F"
    assert one.false_alarms == 1
    assert "ring without the fault too" in one.sentence


@pytest.mark.parametrize(
    ("change", "call", "error", "said"),
    [
        ({}, {"monitor": "nobody"}, NotFound, "nobody"),
        ({}, {"faults": ["flood"]}, NotFound, "flood"),
        ({}, {"settings": Settings(clean=0)}, InvalidInput, "0 clean and 4 faulty chunks"),
        ({}, {"settings": Settings(column="at", retrain=False)}, InvalidInput, "takes no column 'at'"),
        (
            {"months": 4},
            {},
            InvalidInput,
            "1 complete chunks of 'history' after its reference; a drill needs at least 2",
        ),
        ({"months": 3}, {}, InvalidInput, "0 complete chunks"),
        ({"text": YAML.replace("history:1", "history:9")}, {}, NotFound, "history:9"),
    ],
)
def test_what_cannot_be_drilled_is_said(project: Project, change: dict, call: dict, error: type, said: str) -> None:
    """With what is wrong and the next step; nothing is recorded and no folder is left."""
    make_drill_project(project, **({"months": 5} | change))
    with pytest.raises(error, match=said):
        run_drill(**({"monitor": "m", "settings": ALARMS, "project": project} | call))
    assert list_drills(project=project) == []


def test_a_reference_whose_bytes_are_gone_is_named(project: Project) -> None:
    """The version is named, not the object."""
    from benchbook.data import get_dataset
    from benchbook.errors import StoreDamaged
    from benchbook.objects import objects_of

    make_drill_project(project, months=5)
    objects_of(project).local_path(get_dataset("history:1", project=project).digest).unlink()
    with pytest.raises(StoreDamaged, match="history:1"):
        run_drill("m", settings=ALARMS, project=project)


def test_chunks_of_rows_and_of_versions_are_drilled_too(project: Project) -> None:
    """The traffic is cut as the monitor cuts it."""
    rows = YAML.replace("    chunk: month\n    time: at\n", "    chunk_rows: 500\n")
    make_drill_project(project, text=rows, months=5)
    drill = run_drill("m", ["unit"], Settings(clean=1, faulty=2, retrain=False), project=project)
    assert drill.clean + drill.faulty == ["rows 4000", "rows 4500", "rows 5000"]
    assert trial(drill, "unit").grade == "A"


def test_versions_that_each_bring_a_chunk_are_drilled(project: Project, tmp_path: Path) -> None:
    """Each version is a chunk; the fault is in the newer ones."""
    from benchbook.data import save_dataset
    from library.pipelines.drill_project import rows

    text = YAML.replace("    chunk: month\n    time: at\n", "    chunk: version\n").replace("history:1", "evaluation:1")
    make_drill_project(project, text=text, months=3)
    for month in (4, 5, 6):
        save_dataset("history", rows(month), project=project)
    drill = run_drill("m", ["missing", "late-labels"], Settings(clean=1, faulty=2, retrain=False), project=project)
    assert drill.clean + drill.faulty == ["v2", "v3", "v4"]
    assert [(one.fault, one.grade) for one in drill.trials] == [
        ("control", "A"),
        ("missing", "A"),
        ("late-labels", "A"),
    ]


def test_a_version_that_knows_the_traffic_is_no_subject(project: Project) -> None:
    """Where the reference follows what serves, the version that served before is drilled, and that is said."""
    import pandas as pd

    import benchbook as bb
    from benchbook.gates import promote
    from library.pipelines.drill_project import INPUTS

    make_drill_project(project, months=6, text=YAML.replace("    reference: history:1\n", ""))
    with bb.start_run("retrain", project=project):
        known = bb.load_dataset("history")
        assert isinstance(known, pd.DataFrame)
        model = bb.load_model("m:1")
        bb.register_model("m", model.fit(known[INPUTS], known["y"]), example=known[INPUTS].head(50))
    promote("m", 2, force=True, reason="a month of its own", project=project)
    drill = run_drill("m", ["unit"], Settings(clean=1, faulty=2, retrain=False), project=project)
    assert drill.model == "m:1"
    assert drill.notes == ["m:2 has learned from the recent chunks; m:1, which served before, is drilled."]
    assert (drill.clean, drill.faulty, trial(drill, "unit").grade) == (["2013-04"], ["2013-05", "2013-06"], "A")

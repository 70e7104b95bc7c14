"""A drill leaves the project as it was, tells nobody, and takes its sandbox with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import benchbook as bb
from benchbook.data import get_dataset
from benchbook.models import get_model
from benchbook.pipelines.drill import Settings, list_drills, run_drill
from benchbook.pipelines.drill.sandbox import open_sandbox
from benchbook.project import Project, open_project
from library.pipelines.drill_project import INPUTS, YAML, make_drill_project

FEW = Settings(clean=1, faulty=2)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sandboxes are made, to see what is left of them."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def content(project: Project) -> dict[str, bytes]:
    """Every file of the project but the ones that are folded from the others."""
    made = ("store.duckdb", "store.duckdb.wal", "lock")
    files = [path for path in project.root.rglob("*") if path.is_file() and path.name not in made]
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in files}


def test_the_project_stays_byte_for_byte_but_for_one_line(project: Project, own_temporary_folder: Path) -> None:
    """Retraining, gate and promotion included: ledger, streams and objects are as before, and one line longer."""
    make_drill_project(project, months=6, text=YAML.replace("max_drop", "notify_file: alerts.jsonl\n    max_drop"))
    before = content(project)
    drill = run_drill("m", ["large-shift"], FEW, project=project)
    assert drill.trials[1].retrained
    after = content(project)
    ledger = after.pop(".benchbook/ledger.jsonl")
    old = before.pop(".benchbook/ledger.jsonl")
    assert after == before
    assert ledger.startswith(old)
    assert ledger[len(old) :].count(b"\n") == 1
    assert get_model("m@champion", project=project).version == 1
    assert get_dataset("history", project=project).version == 2
    assert list(own_temporary_folder.iterdir()) == []


def test_a_sandbox_is_kept_when_asked_for(project: Project, own_temporary_folder: Path) -> None:
    """With a project for each fault in it, which asks nobody and tells nobody."""
    quiet = YAML.replace(
        "max_drop", "notify_url: https://example.org/hook\n    notify_file: alerts.jsonl\n    max_drop"
    )
    make_drill_project(project, months=5, text=quiet.replace("every: 7d", "every: 7d, ask: true"))
    drill = run_drill("m", ["unit"], Settings(clean=1, faulty=1, retrain=False, keep=True), project=project)
    root = Path(drill.sandbox)
    assert root.parent == own_temporary_folder.resolve()
    assert sorted(path.name for path in root.iterdir()) == ["clean", "control", "objects", "unit"]
    inside = open_project(root / "unit").config().monitors["m"]
    assert (inside.notify_file, inside.notify_url, inside.retrain) == ("", "", None)
    assert not list(root.rglob("alerts.jsonl"))


def test_asking_and_approving_are_played_by_the_drill(project: Project) -> None:
    """`ask: true` and an approval would wait for a person; in the sandbox they do not, and it is said."""
    text = YAML.replace("every: 7d", "every: 7d, ask: true").replace(
        "    checks:", "    approval: {approvers: [somebody]}\n    checks:"
    )
    make_drill_project(project, months=3)
    (project.root / "benchbook.yaml").write_text(text)
    with open_sandbox(project, "m", retrain=True) as sandbox:
        config = sandbox.first.config()
        retrain = config.monitors["m"].retrain
        assert retrain is not None
        assert (retrain.ask, config.gates["release"].approval) == (False, None)


def test_what_people_wrote_is_copied_without_secrets(project: Project) -> None:
    """Notebooks, code and data in folders; nothing hidden, nothing through links that lead out, nothing huge."""
    make_drill_project(project, months=3)
    (project.root / "data").mkdir()
    (project.root / "data" / "more.csv").write_text("x\n1\n")
    (project.root / ".env").write_text("TOKEN=1")
    (project.root / ".git").mkdir()
    (project.root / ".git" / "config").write_text("")
    (project.root / "out.csv").symlink_to("/etc/hostname")
    with (project.root / "huge.bin").open("wb") as file:
        file.truncate(101 << 20)
    with open_sandbox(project, "m", retrain=True) as sandbox:
        found = {path.relative_to(sandbox.first.root).as_posix() for path in sandbox.first.root.rglob("*")}
        assert {"retrain.ipynb", "recipe.py", "data/more.csv", "benchbook.yaml"} <= found
        assert not {".env", ".git", "out.csv", "huge.bin"} & found
        assert sandbox.left_out == ["huge.bin (106 MB)", "out.csv (leads out of the project)"]


def test_a_monitor_with_a_past_begins_anew_in_the_sandbox(project: Project) -> None:
    """What was seen and closed outside neither hides a chunk nor counts as rung."""
    from benchbook.monitoring.observing import observe

    make_drill_project(project, months=5)
    observe(project, "m", project.config().monitors["m"])
    drill = run_drill("m", ["missing"], Settings(clean=1, faulty=1, retrain=False), project=project)
    assert [(one.fault, one.grade) for one in drill.trials] == [("control", "A"), ("missing", "A")]


def test_the_current_run_does_not_hear_of_it(project: Project) -> None:
    """A drill from within a run, as in a notebook, adds nothing to what that run used and made."""
    make_drill_project(project, months=5)
    with bb.start_run("outer", project=project) as run:
        run_drill("m", ["unit"], Settings(clean=1, faulty=1, retrain=False), project=project)
    from benchbook.tracking import get_run

    assert get_run(run.id, project=project).links == []


def test_recorded_predictions_are_made_anew_where_the_input_is_broken(project: Project) -> None:
    """A model would have answered otherwise, so its recorded answers are replaced; elsewhere they stay."""
    import pandas as pd

    from benchbook.data import load_dataset, save_dataset
    from benchbook.models import load_model

    make_drill_project(project, months=5)
    frame = load_dataset("history", project=project)
    assert isinstance(frame, pd.DataFrame)
    frame["said"] = load_model("m@champion", project=project).predict_proba(frame[INPUTS])[:, 1]
    save_dataset("history", frame, project=project)
    text = YAML.replace("target: y\n    metric", "target: y\n    prediction: said\n    metric")
    (project.root / "benchbook.yaml").write_text(text.replace("history:1", "history:3"))
    config = project.config().monitors["m"]
    assert config.prediction == "said"
    save_dataset("history", frame.assign(note="x"), project=project)
    (project.root / "benchbook.yaml").write_text(text)
    settings = Settings(clean=1, faulty=1, retrain=False, keep=True)
    drill = run_drill("m", ["unit", "concept"], settings, project=project)
    for fault, moves in (("unit", True), ("concept", False)):
        played = load_dataset("history", project=open_project(Path(drill.sandbox) / fault))
        assert isinstance(played, pd.DataFrame)
        faulty = played["at"] >= "2013-05-01"
        assert (played["said"][~faulty] == frame["said"][: len(played)][~faulty]).all()
        assert ((played["said"] != frame["said"][: len(played)])[faulty].mean() > 0.5) == moves


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_drill_that_is_stopped_takes_the_sandbox_with_it(
    project: Project, own_temporary_folder: Path, number: signal.Signals
) -> None:
    """Ctrl-C and a polite end leave neither folder nor fact."""
    make_drill_project(project, months=5)
    command = [sys.executable, "-m", "benchbook", "drill", "m", "--no-retrain"]
    with subprocess.Popen(command, cwd=project.root, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        for line in child.stderr:
            if line.startswith("  control"):
                child.send_signal(number)
                break
        child.stderr.read()
    assert child.returncode == 130
    assert list(own_temporary_folder.iterdir()) == []
    assert list_drills(project=project) == []


def test_a_drill_that_is_killed_leaves_a_temporary_folder_only(project: Project, own_temporary_folder: Path) -> None:
    """The project does not notice, and the next drill goes as ever."""
    make_drill_project(project, months=5)
    before = content(project)
    command = [sys.executable, "-m", "benchbook", "drill", "m", "--no-retrain", "--fault", "unit"]
    with subprocess.Popen(command, cwd=project.root, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        next(line for line in child.stderr if line.startswith("  control"))
        os.kill(child.pid, signal.SIGKILL)
    assert content(project) == before
    assert [path.name.startswith("benchbook-") for path in own_temporary_folder.iterdir()] != []
    assert run_drill("m", ["unit"], Settings(retrain=False), project=project).passed


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="a read-only mount needs root on Linux")
def test_a_project_that_may_only_be_read_is_drilled_too(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The result cannot be recorded there; that is a warning, since the grades are told all the same."""
    make_drill_project(project, months=5)
    there = tmp_path_factory.mktemp("shown")
    subprocess.run(["mount", "--bind", project.root, there], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", there], check=True)
        with pytest.warns(RuntimeWarning, match="could not be recorded"):
            drill = run_drill("m", ["unit"], Settings(clean=1, faulty=1, retrain=False), project=open_project(there))
    finally:
        subprocess.run(["umount", "-l", there], check=True)
    assert [one.grade for one in drill.trials] == ["A", "A"]

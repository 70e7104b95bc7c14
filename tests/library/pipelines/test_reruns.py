"""Code or data changed → plan → run → gate → promote or hold → notify; once for each state, whatever is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchbook.data import save_dataset
from benchbook.models import get_model
from benchbook.pipelines.reruns import Rerun, list_reruns, pursue_changes
from benchbook.pipelines.retraining import only_one
from benchbook.pipelines.watching import turn, watch
from benchbook.project import Project
from benchbook.store import Query
from library.pipelines.loop_project import turn_in_child
from library.pipelines.notebooks import write_notebook

YAML = """\
pipelines:
  p:
    steps: [{notebook: train.ipynb}]
    watch: {gate: release, notify_file: told.jsonl}
gates:
  release:
    model: m
    data: evaluation
    target: y
    checks: [{metric: accuracy, better_by: 0.05}]
"""
TRAIN = """
import benchbook as bb
from sklearn.linear_model import LogisticRegression
rows = bb.load_dataset("rows")
learn = rows[["a", "b"]]
model = LogisticRegression().fit(learn, TRUTH)
bb.register_model("m", model, example=learn.head())
"""
NOISE, TRUTH = 'rows["noise"]', 'rows["y"]'


def rows(count: int = 400) -> pd.DataFrame:
    """The answer follows from ``a``; ``noise`` has nothing to do with it."""
    random = np.random.default_rng(1)
    a, b = random.normal(size=count), random.normal(size=count)
    return pd.DataFrame({"a": a, "b": b, "y": a > 0, "noise": random.random(count) > 0.5})


def write_train(project: Project, truth: str) -> None:
    """The notebook, learning ``truth``."""
    write_notebook(project.root / "train.ipynb", TRAIN.replace("TRUTH", truth))


@pytest.fixture
def p(project: Project) -> Project:
    """A watched pipeline that has never run; at first it learns noise."""
    (project.root / "benchbook.yaml").write_text(YAML)
    save_dataset("rows", rows(), project=project)
    save_dataset("evaluation", rows(200), project=project)
    write_train(project, NOISE)
    return project


def take_turn(project: Project) -> tuple[bool, list[str], list[Rerun]]:
    """One turn: whether all went well, what was told, and what changes have started until now."""
    told: list[str] = []
    return turn(project, tell=told.append), told, list_reruns(project, "p")


def outcomes(project: Project) -> list[tuple[Any, Any]]:
    """Outcome and version of each rerun."""
    return [(one.outcome, one.version) for one in list_reruns(project, "p")]


def promotions(project: Project) -> int:
    """How often an alias has moved."""
    return int(project.store.read(Query("SELECT count(*) FROM facts WHERE action = 'promote'"))[0][0])


def notices(project: Project) -> list[dict[str, Any]]:
    """What was sent to the file."""
    path = project.root / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_code_and_data_promote_or_hold(p: Project) -> None:
    """The first version is promoted, a better one replaces it, one that is no better is held; nothing runs twice."""
    well, told, _ = take_turn(p)
    assert (well, outcomes(p)) == (True, [("promoted", 1)])
    assert told[-1] == "p: promoted m:1: m:1 is m@champion now."
    assert take_turn(p)[1] == []
    write_train(p, TRUTH)
    _, told, done = take_turn(p)
    assert told[0] == "p: it runs, because train.ipynb changed; stale: train"
    assert outcomes(p)[1:] == [("promoted", 2)]
    save_dataset("rows", rows(401), project=p)
    _, told, done = take_turn(p)
    assert told[0] == "p: it runs, because rows is rows:2, was rows:1; stale: train"
    assert (outcomes(p)[2:], "did not pass release" in done[-1].reason) == ([("held", None)], True)
    assert get_model("m@champion", project=p).version == 2
    assert take_turn(p)[1] == []
    assert [(one["outcome"], one["version"]) for one in notices(p)] == outcomes(p)
    assert all(one.told for one in list_reruns(p, "p"))


@pytest.mark.parametrize("moment", ["it runs", "pipeline finished", "promoted m:1"])
def test_a_kill_at_any_boundary_promotes_once(p: Project, moment: str) -> None:
    """Killed after the start, the run or the promotion: the next turn goes on from there, and tells it."""
    command = [sys.executable, "-c", turn_in_child(p.root), moment]
    assert subprocess.run(command, cwd=p.root, check=False).returncode == -9
    take_turn(p)
    assert (outcomes(p), promotions(p)) == ([("promoted", 1)], 1)
    assert [one["outcome"] for one in notices(p)] == ["promoted"]
    assert take_turn(p)[1] == []


def test_a_kill_between_decision_and_notice_is_told(p: Project) -> None:
    """What was decided but not told is told by the next turn; nothing runs for it."""
    take_turn(p)
    (p.root / "told.jsonl").unlink()
    ledger = p.folder / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    assert b'"tell"' in lines[-1]
    ledger.write_bytes(b"".join(lines[:-1]))
    (p.folder / "store.duckdb").unlink()
    assert take_turn(p)[1] == []
    assert [one["outcome"] for one in notices(p)] == ["promoted"]


def test_what_was_begun_for_a_state_that_is_gone_is_left(p: Project) -> None:
    """Killed before its run had finished, and the code changed since: it ends as failed, and the new state is tried."""
    command = [sys.executable, "-c", turn_in_child(p.root), "it runs"]
    assert subprocess.run(command, cwd=p.root, check=False).returncode == -9
    write_train(p, TRUTH)
    take_turn(p)
    take_turn(p)
    assert outcomes(p) == [("failed", None), ("promoted", 1)]
    assert list_reruns(p, "p")[0].reason == "code or data changed before it had run"


def test_what_fails_is_tried_once(p: Project) -> None:
    """A failing state is told with step and error, and not run again until it changes or a person asks."""
    write_train(p, "1 / 0")
    well, told, done = take_turn(p)
    assert not well
    assert (done[-1].outcome, done[-1].reason) == ("failed", "train: ZeroDivisionError: division by zero")
    assert take_turn(p)[:2] == (True, [])
    watched = p.config().pipelines["p"].watch
    assert watched is not None
    assert pursue_changes(p, "p", watched, asked=True, tell=told.append)
    assert list_reruns(p, "p")[-1].why == ["somebody asked for it"]
    write_train(p, TRUTH)
    take_turn(p)
    assert [outcome for outcome, _ in outcomes(p)] == ["failed", "failed", "promoted"]


def test_a_broken_notebook_is_told_and_begins_nothing(p: Project) -> None:
    """It cannot be planned: the turn says so and goes on; mended, it runs."""
    write_train(p, "(")
    well, told, done = take_turn(p)
    assert (well, done) == (False, [])
    assert "syntax error" in told[0]
    write_train(p, TRUTH)
    assert take_turn(p)[0]
    assert outcomes(p) == [("promoted", 1)]


def test_it_can_ask_first(p: Project) -> None:
    """`ask: true` says what changed, and a person starts it."""
    path = p.root / "benchbook.yaml"
    path.write_text(YAML.replace("gate: release,", "gate: release, ask: true,"))
    _, told, done = take_turn(p)
    assert done == []
    assert "`benchbook watch p --start` runs it" in told[0]
    command = [sys.executable, "-m", "benchbook", "watch", "p", "--start"]
    assert subprocess.run(command, cwd=p.root, check=False).returncode == 0
    assert outcomes(p) == [("promoted", 1)]
    assert take_turn(p)[1] == []


def test_what_is_watched_is_named(p: Project) -> None:
    """`benchbook watch` knows pipelines and monitors by name, and says what there is when asked for something else."""

    def said(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "benchbook", "watch", *words]
        done = subprocess.run(command, cwd=p.root, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    code, text = said("q", "--once")
    assert (code, "no monitor or watched pipeline 'q'" in text, text.endswith("p?\n")) == (2, True, True)
    assert said("--start")[0] == 2
    code, text = said("p", "--once")
    assert (code, "p: promoted m:1" in text) == (0, True)
    plan = [sys.executable, "-m", "benchbook", "plan"]
    assert "has tried this code and data" in subprocess.check_output(plan, cwd=p.root, text=True)
    write_train(p, TRUTH)
    assert "would run it: train.ipynb changed; stale: train." in subprocess.check_output(plan, cwd=p.root, text=True)
    (p.root / "benchbook.yaml").write_text("pipelines: {p: {steps: [{notebook: train.ipynb}]}}")
    assert "no monitor" in said("--once")[1]


def test_without_a_gate_it_is_only_run(p: Project) -> None:
    """A pipeline that makes data or reports: nothing is judged and no alias moves."""
    (p.root / "benchbook.yaml").write_text(YAML.replace("gate: release, ", ""))
    take_turn(p)
    assert (outcomes(p), promotions(p)) == ([("ran", None)], 0)


def test_one_that_makes_no_version_is_said(p: Project) -> None:
    """A gate with nothing to judge is a failure, in words."""
    write_notebook(p.root / "train.ipynb", "1")
    take_turn(p)
    assert list_reruns(p, "p")[-1].reason == "the pipeline made no version of m"


def test_an_approval_is_waited_for(p: Project) -> None:
    """Where a second person must agree, the outcome is waiting, and the alias stays."""
    (p.root / "benchbook.yaml").write_text(YAML + "    approval: {approvers: [ann]}\n")
    take_turn(p)
    assert (outcomes(p), promotions(p)) == ([("waiting", 1)], 0)


def test_two_loops_never_run_at_once(p: Project) -> None:
    """While another holds the lock of the loop nothing begins; afterwards it does."""
    with only_one(p) as free:
        assert free
        assert take_turn(p)[2] == []
    take_turn(p)
    assert outcomes(p) == [("promoted", 1)]


def test_what_the_pipeline_makes_does_not_start_it(p: Project) -> None:
    """A dataset that it saves under a name known only when it runs, and loads, is not taken for new data."""
    dynamic = TRAIN.replace("TRUTH", TRUTH) + (
        "\nname = input_name = '-'.join(['seen', 'rows'])\nimport random\n"
        "bb.save_dataset(name, rows.assign(r=random.random()))\n"
    )
    write_notebook(p.root / "train.ipynb", dynamic + "bb.load_dataset('seen-rows')")
    take_turn(p)
    assert outcomes(p) == [("promoted", 1)]
    take_turn(p)
    assert take_turn(p)[1] == []


def test_the_loop_sees_a_saved_notebook(p: Project) -> None:
    """`watch` runs what is saved while it goes on, without anything being recorded first."""
    end, told, promoted = threading.Event(), [], threading.Semaphore(0)

    def tell(line: str) -> None:
        told.append(line)
        if "promoted" in line:
            promoted.release()

    thread = threading.Thread(target=watch, args=(p, end), kwargs={"tell": tell})
    thread.start()
    try:
        assert promoted.acquire(timeout=120)
        write_train(p, TRUTH)
        assert promoted.acquire(timeout=120)
    finally:
        end.set()
        thread.join(timeout=120)
    assert outcomes(p) == [("promoted", 1), ("promoted", 2)]


def test_the_file_of_notices_is_one_of_the_project(p: Project) -> None:
    """A file outside is refused with a warning; what was decided stays decided."""
    path = p.root / "benchbook.yaml"
    path.write_text(YAML.replace("told.jsonl", "../told.jsonl"))
    with pytest.warns(RuntimeWarning, match="could not be sent"):
        take_turn(p)
    assert outcomes(p) == [("promoted", 1)]
    assert not Path(p.root.parent, "told.jsonl").exists()

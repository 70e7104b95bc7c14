"""What a report holds: from recorded runs, versions and verdicts, against whatever base a person names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pandas as pd
import pytest

from benchbook.data import get_dataset, save_dataset
from benchbook.errors import InvalidInput, NotFound
from benchbook.gates import evaluate_gate, promote
from benchbook.gates.ci import make_report, report_html, report_markdown
from benchbook.gates.ci.records import ValueChange
from benchbook.governance.redaction import MASK
from benchbook.models import register_model
from benchbook.project import Project
from benchbook.tracking import start_run
from library.gates.bench import FEATURES, flights, model, write_gate
from library.pipelines.notebooks import write_notebook


def run_pipeline(project: Project, *, depth: int, source: str | None, better: bool, fails: bool = False) -> str:
    """A run of the pipeline `flights` with one step, as the runner records it, without a kernel; returns its id.

    ``source`` None leaves the notebook as it is.
    """
    path = project.root / "train.ipynb"
    if source is not None:
        write_notebook(path, source)
    with start_run("flights", kind="pipeline", experiment="flights", project=project) as pipeline:
        params = {"depth": depth, "api_key": f"key {depth}", "cut": "a|b"}
        with start_run(
            "train", kind="step", parent=pipeline.id, notebook=str(path), params=params, project=project
        ) as step:
            save_dataset("rows", pd.DataFrame({"x": range(depth * 100), "y": 1.5}), project=project)
            for at in range(5):
                step.log_metric("loss", 1 / (at + depth), step=at)
            step.log_metric("accuracy", 0.1 * depth)
            if fails:
                step.finish("failed", ValueError("no `rows`"))
                pipeline.finish("failed", RuntimeError("Step 'train' failed ('train.ipynb', code cell 1): no rows"))
            else:
                example = flights(5)[FEATURES]
                register_model("delay", model(*(FEATURES if better else ["wind"])), example=example, project=project)
    return pipeline.id


@pytest.fixture
def twice(project: Project) -> tuple[str, str]:
    """Two runs: a weak model that was promoted, then a strong one that was judged against it."""
    save_dataset("evaluation", flights(), project=project)
    write_gate(project.root, "metric: roc_auc, better_by: 0.01", "size_mb: 5")
    first = run_pipeline(project, depth=1, source="x = 1\nprint(x, x + 1, x + 2)", better=False)
    promote("delay", 1, project=project)
    second = run_pipeline(
        project, depth=2, source="x = 2\nprint(x, x + 1, x + 2)\ntoken = 'hunter2hunter2'", better=True
    )
    evaluate_gate("release", "delay:2", project=project)
    return first, second


def test_the_newest_run_against_the_champion(project: Project, twice: tuple[str, str]) -> None:
    """Decision, verdict, metrics judged and logged, curves, data, params and notebooks, in one record."""
    report = make_report(project=project)
    assert (report.pipeline, report.run, report.passed) == ("flights", twice[1], True)
    assert report.sentence.startswith("delay:2 passed all 2 checks of release")
    assert report.base == "delay:1, delay@champion when it was judged"
    judged = report.metrics[0]
    assert (judged.name, judged.how, judged.interval is not None) == ("roc_auc", "judged", True)
    assert (judged.before or 0) < (judged.after or 0)
    logged = {one.name: (one.before, one.after) for one in report.metrics if one.how == "logged"}
    assert logged == {"accuracy": (0.1, 0.2), "loss": (0.2, pytest.approx(1 / 6))}
    assert [(curve.name, len(curve.after), len(curve.before)) for curve in report.curves] == [("loss", 5, 5)]
    assert [(one.name, one.role, one.summary) for one in report.data] == [("rows", "made", "100 rows added.")]
    assert [column.name for column in report.data[0].drift.columns if (column.js or 0) > 0.1] == ["x"]  # type: ignore[union-attr]
    assert (report.environment, report.failure) == ([], None)
    assert report.gaps[0].startswith("delay:2, Intended use: write `cards:")
    (notebook,) = report.notebooks
    lines = ["-x = 1", "+x = 2", " print(x, x + 1, x + 2)", f"+token = '{MASK}'"]
    assert (notebook.path, notebook.cells[0].lines[1:]) == ("train.ipynb", lines)


def test_secrets_are_masked_everywhere(project: Project, twice: tuple[str, str]) -> None:
    """A param by its name, a source by its form: neither stands in Markdown, page or record."""
    report = make_report(project=project)
    assert report.params == [ValueChange("train.api_key", MASK, MASK), ValueChange("train.depth", "1", "2")]
    for text in (repr(report), report_markdown(report), report_html(report)):
        assert "hunter2" not in text
        assert "key 2" not in text


@pytest.mark.parametrize("named", ["delay", "delay:2", "flights", "RUN", "RU"])
def test_a_subject_has_many_names(project: Project, twice: tuple[str, str], named: str) -> None:
    """A model or its version, a pipeline of benchbook.yaml, a run or the beginning of its id."""
    path = project.root / "benchbook.yaml"
    path.write_text(path.read_text() + "pipelines:\n  flights: {steps: [{notebook: train.ipynb}]}\n")
    name = {"RUN": twice[1], "RU": twice[1][:9]}.get(named, named)
    assert make_report(name, project=project).run == twice[1]
    assert make_report("delay@champion", project=project).run == twice[0]


@pytest.mark.parametrize("base", ["@champion", "delay:1", "FIRST"])
def test_a_base_has_many_names(project: Project, twice: tuple[str, str], base: str) -> None:
    """An alias, a version or a run lead to the same comparison."""
    report = make_report("delay:2", base=twice[0] if base == "FIRST" else base, project=project)
    assert [one.name for one in report.params] == ["train.api_key", "train.depth"]
    assert len(report.notebooks) == 1


def test_the_first_run_has_nothing_before_it(project: Project) -> None:
    """No champion, no run before, no gate: it says so, and compares nothing."""
    run_pipeline(project, depth=1, source="x = 1", better=True)
    report = make_report(project=project)
    assert (report.passed, report.base) == (None, "nothing: this is the first")
    assert report.sentence == "No gate has judged delay:1 yet; ask one: benchbook gate delay:1"
    assert (report.params, report.notebooks, report.environment) == ([], [], [])
    assert "## Not judged: pipeline flights" in report_markdown(report)
    with pytest.raises(InvalidInput, match="made no model version"):
        make_report(
            run_pipeline(project, depth=1, source="1", better=True, fails=True), base="@champion", project=project
        )


def test_a_failed_run_says_where(project: Project, twice: tuple[str, str]) -> None:
    """The step's error stands on top, whatever was judged before; no verdict of another run is shown."""
    run = run_pipeline(project, depth=3, source="x", better=True, fails=True)
    report = make_report(project=project)
    assert (report.run, report.passed, report.verdicts) == (run, False, [])
    assert report.sentence.startswith("Step 'train' failed ('train.ipynb', code cell 1)")
    assert report.failure is not None
    assert (report.failure.step, report.failure.type, report.failure.message) == ("train", "ValueError", "no `rows`")
    assert report.base == f"run {twice[1]}, the one before"


def test_a_commit_of_git_is_a_base(project: Project) -> None:
    """Notebooks as the branch has them; and the run that was made at that commit, where there is one."""

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(command, cwd=project.root, check=True, capture_output=True)

    git("init", "-b", "main")
    write_notebook(project.root / "train.ipynb", "x = 1")
    git("add", "train.ipynb")
    git("commit", "-m", "one")
    first = run_pipeline(project, depth=1, source="x = 1", better=True)
    git("commit", "-qam", "as the run wrote it", "--allow-empty")
    git("switch", "-qc", "change")
    second = run_pipeline(project, depth=2, source="x = 3", better=True)
    report = make_report(second, base="main", project=project)
    assert [cell.lines[1:] for cell in report.notebooks[0].cells] == [["-x = 1", "+x = 3"]]
    assert report.base == f"run {first}, the one before"
    git("commit", "-qam", "three")
    third = run_pipeline(project, depth=3, source=None, better=True)
    fourth = run_pipeline(project, depth=4, source="x = 4", better=True)
    report = make_report(fourth, base="change", project=project)
    assert report.base.startswith(f"run {third} at change (")


def test_what_is_lost_is_said(project: Project, twice: tuple[str, str]) -> None:
    """Bytes of data and of a kept notebook that are gone make a sentence, not an error."""
    digest = get_dataset("rows:1", project=project).digest
    for path in Path(project.folder, "objects").rglob("*"):
        if path.is_file() and (path.parent.name + path.name).endswith(digest[-40:]):
            path.unlink()
    report = make_report(project=project)
    assert "They cannot be compared: The bytes of rows:1 are gone" in report.data[0].summary
    assert report.data[0].drift is None


def test_what_is_not_there_is_said(project: Project) -> None:
    """Nothing has run, no such subject, no such base: each with the next step."""
    with pytest.raises(NotFound, match="benchbook run"):
        make_report(project=project)
    with pytest.raises(NotFound, match="'nothing'"):
        make_report("nothing", project=project)
    run_pipeline(project, depth=1, source="x = 1", better=True)
    with pytest.raises(NotFound, match="a branch, tag or commit of git"):
        make_report(base="nowhere", project=project)

"""Pipelines that really run: one good one looked at from many sides, and the ways in which a step fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest

from benchbook.data import list_datasets, save_dataset
from benchbook.errors import InvalidInput, StepFailed
from benchbook.objects import objects_of
from benchbook.pipelines import execute_pipeline, run_pipeline
from benchbook.pipelines.records import PipelineResult, StepProgress
from benchbook.project import Project, open_project
from benchbook.tracking import get_run, list_runs
from library.pipelines.notebooks import write_notebook, write_pipeline

BB = "import benchbook as bb\n"
MAKE = f"{BB}open('made.txt', 'w').write(text)\nbb.save_dataset('words', 'made.txt')"
USE = """
import benchbook as bb
run = bb.start_run('mine', params={'extra': 1})
words = bb.load_dataset('words').read_text()
run.log_metric('length', len(words))
"""


@dataclass
class Ran:
    """A pipeline that has run."""

    project: Project
    result: PipelineResult
    told: list[StepProgress]
    before: dict[str, bytes]


def sources(root: Path) -> dict[str, bytes]:
    """The bytes of every notebook in ``root``."""
    return {path.name: path.read_bytes() for path in root.rglob("*.ipynb")}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Two steps, written in the wrong order, one of them in a folder and made for a kernel that is not installed."""
    root = tmp_path_factory.mktemp("project")
    metadata = {"kernelspec": {"name": "my-conda-env", "display_name": "conda", "language": "python"}}
    write_notebook(root / "use.ipynb", USE)
    write_notebook(root / "data" / "make.ipynb", MAKE, "%%time\n!true", params="text = 'a'\nn = 2", metadata=metadata)
    write_pipeline(root, "use.ipynb", "data/make.ipynb", params={"text": "hello"})
    before = sources(root)
    told: list[StepProgress] = []
    project = open_project(root)
    yield Ran(project, run_pipeline(project=project, progress=told.append), told, before)
    assert psutil.Process().children() == []


def test_steps_run_in_the_order_that_follows_from_the_notebooks(ran: Ran) -> None:
    """The maker first; each with what it used, made and measured."""
    assert ran.result.status == "finished"
    assert [(step.step, step.status, step.warnings) for step in ran.result.steps] == [
        ("make", "finished", []), ("use", "finished", []),
    ]  # fmt: skip
    make, use = ran.result.steps
    assert [(link.name, link.version) for link in make.made + use.used] == [("words", 1), ("words", 1)]
    assert use.metrics == {"length": 5}


def test_each_step_is_a_run_under_the_run_of_the_pipeline(ran: Ran) -> None:
    """With its params, notebook and progress; the notebook's own `start_run` adds to it instead of making another."""
    whole = get_run(ran.result.run, project=ran.project)
    assert (whole.kind, whole.status, whole.experiment) == ("pipeline", "finished", "p")
    assert sorted((child.name, child.kind, child.status) for child in whole.children) == [
        ("make", "step", "finished"), ("use", "step", "finished"),
    ]  # fmt: skip
    make, use = (get_run(step.run or "", project=ran.project) for step in ran.result.steps)
    assert {param.key: param.value for param in make.params} == {"text": "hello", "n": 2}
    assert make.notebook == "data/make.ipynb"
    assert make.progress is not None
    assert (make.progress.done, make.progress.total) == (3, 3)
    assert {param.key for param in use.params} == {"extra"}
    assert list_runs(project=ran.project).total == 3


def test_the_executed_copy_is_an_artifact_and_the_source_is_untouched(ran: Ran) -> None:
    """The copy holds params and outputs, and no path of this machine; the notebooks keep every byte."""
    run = get_run(ran.result.steps[0].run or "", project=ran.project)
    (artifact,) = run.artifacts
    assert (artifact.path, artifact.media_type) == ("make.ipynb", "application/x-ipynb+json")
    text = objects_of(ran.project).get_bytes(artifact.digest).decode()
    copy = nbformat.reads(text, as_version=4)
    nbformat.validate(copy)
    assert "hello" in copy.cells[1].source
    assert copy.metadata.papermill.input_path == "data/make.ipynb"
    assert str(ran.project.root) not in text
    assert sources(ran.project.root) == ran.before


def test_a_notebook_runs_in_its_own_folder_and_leaves_no_files_of_ours(ran: Ran) -> None:
    """Relative paths mean what they mean in JupyterLab."""
    assert (ran.project.root / "data" / "made.txt").read_text() == "hello"
    assert not (ran.project.folder / "tmp").exists()


def test_progress_is_told_for_each_step_and_cell(ran: Ran) -> None:
    """From nothing to all cells, with the run's id, and how the step ended."""
    make = [told for told in ran.told if told.step == "make"]
    assert [(told.done, told.total, told.status) for told in make] == [
        (0, 3, "running"), (1, 3, "running"), (2, 3, "running"), (3, 3, "running"), (3, 3, "finished"),
    ]  # fmt: skip
    assert {(told.index, told.count, told.run) for told in make} == {(1, 2, ran.result.steps[0].run)}


def test_a_failing_cell_fails_the_step_and_ends_the_pipeline(project: Project) -> None:
    """The error names step, notebook, cell and error; the copy is kept; later steps have not run."""
    write_notebook(project.root / "bad.ipynb", "x = 1", "def f():\n    return x / 0\n\nf()", params="a = 1")
    write_notebook(project.root / "next.ipynb", "open('ran', 'w')")
    write_pipeline(project.root, "bad.ipynb", {"notebook": "next.ipynb", "after": ["bad"]})
    with pytest.raises(
        StepFailed, match=r"Step 'bad' failed \('bad.ipynb', code cell 3\): ZeroDivisionError"
    ) as caught:
        run_pipeline(params={"a": 2})
    error = caught.value
    assert (error.step, error.notebook, error.cell, error.ename) == ("bad", "bad.ipynb", 3, "ZeroDivisionError")
    assert "return x / 0" in error.traceback
    runs = {run.kind: get_run(run.id) for run in list_runs().runs}
    assert {kind: run.status for kind, run in runs.items()} == {"pipeline": "failed", "step": "failed"}
    assert [artifact.path for artifact in runs["step"].artifacts] == ["bad.ipynb"]
    assert runs["pipeline"].failure is not None
    assert "ZeroDivisionError" in runs["pipeline"].failure.message
    assert not (project.root / "ran").exists()


def test_sys_exit_fails_the_step_even_when_it_says_success(project: Project) -> None:
    """A notebook that stops half-way has not done its work."""
    write_notebook(project.root / "n.ipynb", "import sys", "sys.exit(0)")
    write_pipeline(project.root, "n.ipynb")
    with pytest.raises(StepFailed, match=r"\('n.ipynb', code cell 2\): called sys.exit \(0\)"):
        run_pipeline()


def test_loading_what_a_later_step_makes_fails_the_step(project: Project) -> None:
    """The name came at run time, so the order was wrong; the sentence says which `after:` to write."""
    (project.root / "words.txt").write_text("a")
    write_notebook(project.root / "early.ipynb", f"{BB}bb.load_dataset(''.join(['wor', 'ds']))")
    write_notebook(project.root / "late.ipynb", f"{BB}bb.save_dataset('words', 'words.txt')")
    save_dataset("words", project.root / "words.txt")
    write_pipeline(project.root, "early.ipynb", "late.ipynb")
    result = execute_pipeline()
    assert [step.status for step in result.steps] == ["failed", "waiting"]
    assert result.steps[0].failure is not None
    assert "`after: [late]` at step 'early'" in result.steps[0].failure.message


def test_what_the_source_did_not_show_is_a_warning(project: Project) -> None:
    """A name known only at run time is told in the result and tagged on the run, if it changes no order."""
    (project.root / "words.txt").write_text("a")
    write_notebook(project.root / "n.ipynb", f"{BB}for name in ['one']: bb.save_dataset(name, 'words.txt')")
    write_pipeline(project.root, "n.ipynb")
    (step,) = run_pipeline().steps
    assert step.warnings == ["made the dataset 'one', which its source does not show"]
    assert get_run(step.run or "").tags["warning"] == step.warnings[0]


def test_bad_input_runs_nothing(project: Project) -> None:
    """Everything is checked before the first step: no run is made, no kernel started."""
    write_notebook(project.root / "good.ipynb", "1")
    write_notebook(project.root / "bad.ipynb", "x = = 1")
    write_pipeline(project.root, "good.ipynb", "bad.ipynb")
    with pytest.raises(InvalidInput, match=r"'bad.ipynb' has a syntax error in code cell 1, line 1"):
        run_pipeline()
    write_notebook(project.root / "bad.ipynb", "1", metadata={"language_info": {"name": "cobol"}})
    with pytest.raises(InvalidInput, match="written in cobol"):
        run_pipeline()
    assert not project.folder.exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_kernel_and_marks_the_runs(project: Project, sent: signal.Signals) -> None:
    """Ctrl-C (or being told to end): no process is left, runs are failed as interrupted, the copy so far is kept."""
    write_notebook(
        project.root / "n.ipynb", "import os; open('pid', 'w').write(str(os.getpid()))", "import time; time.sleep(600)"
    )
    write_pipeline(project.root, "n.ipynb")
    environment = {**os.environ, "BENCHBOOK_PROJECT": str(project.root)}
    runner = subprocess.Popen([sys.executable, "-m", "benchbook", "run"], env=environment, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (project.root / "pid").is_file() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(0.5)
    runner.send_signal(sent)
    assert runner.wait(30) == 130
    assert not psutil.pid_exists(int((project.root / "pid").read_text()))
    runs = [get_run(run.id) for run in list_runs().runs]
    assert [(run.status, run.failure.type if run.failure else "") for run in runs] == [("failed", "Interrupted")] * 2
    assert [artifact.path for run in runs for artifact in run.artifacts] == ["n.ipynb"]


def test_a_notebook_in_a_folder_with_a_project_of_its_own_belongs_to_the_pipeline(project: Project) -> None:
    """What a step saves is in the project of its run, though another project lies nearer to the notebook."""
    (project.root / "sub" / ".benchbook").mkdir(parents=True)
    source = f"{BB}import pandas as pd\nbb.save_dataset('d', pd.DataFrame({{'a': [1]}}))"
    write_notebook(project.root / "sub" / "a.ipynb", source)
    write_pipeline(project.root, "sub/a.ipynb")
    execute_pipeline(project=project)
    assert [item.name for item in list_datasets(project=project)] == ["d"]
    assert list((project.root / "sub" / ".benchbook").iterdir()) == []

"""`benchbook run` and `benchbook plan`: what is printed where, and the exit codes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from benchbook.cli import main
from benchbook.pipelines.records import PipelineResult, Plan
from benchbook.project import Project
from library.pipelines.notebooks import write_notebook, write_pipeline

MAKE = """
import benchbook as bb
open('f', 'w').write(str(k))
bb.save_dataset('words', 'f')
bb.start_run().log_metric('m', 2.5)
"""


@pytest.fixture
def made(project: Project) -> Path:
    """A project with a pipeline of one step that works and one that fails when `k` is 0."""
    write_notebook(project.root / "make.ipynb", MAKE, params="k = 1")
    write_notebook(
        project.root / "use.ipynb", "import benchbook as bb\nbb.load_dataset('words')", "1 / k", params="k = 1"
    )
    write_pipeline(project.root, "use.ipynb", "make.ipynb", name="words")
    return project.root


def test_a_run_prints_its_summary_and_tells_progress_aside(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps, metrics and versions on standard output; one line for each step's start and end on standard error."""
    assert main(["run", "-p", "k", "7"]) == 0
    out, err = capsys.readouterr()
    for part in ("Pipeline words, run ", "make", "finished", "m 2.5", "Datasets: words:1", "Finished in"):
        assert part in out
    assert [line.split(",")[0].split(" after")[0] for line in err.splitlines()] == [
        "[1/2] make: running", "[1/2] make: finished", "[2/2] use: running", "[2/2] use: finished",
    ]  # fmt: skip


def test_a_failed_step_is_told_and_exits_with_1(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON on standard output stays whole; in words the failure names step, notebook, cell and error."""
    assert main(["run", "--json", "words", "-p", "k", "0"]) == 1
    result = msgspec.json.decode(capsys.readouterr().out, type=PipelineResult)
    assert [step.status for step in result.steps] == ["finished", "failed"]
    assert result.failed_step is not None
    assert result.failed_step.failure is not None
    assert (result.failed_step.failure.type, result.failed_step.failure.cell) == ("ZeroDivisionError", 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "wrods"], "no pipeline 'wrods'"),
        (["run", "-p", "j", "1"], "'j' given for this run is unknown"),
        (["run", "-p", "__import__('os')", "1"], "The param name \"__import__('os')\""),
        (["run", "-p", "k", "[1,"], "-p k: the value"),
        (["run", "-p", "k", "1", "-p", "k", "2"], "'k' is given twice"),
        (["run", "-p", "k"], "requires 2 arguments"),
        (["plan", "nothing"], "no pipeline 'nothing'"),
    ],
)
def test_a_wrong_request_exits_with_2(
    made: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """Nothing has run; the message says what was wrong and what to do."""
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert not (made / ".benchbook").exists()


def test_a_plan_says_what_would_run_and_why(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words and as JSON."""
    assert main(["plan"]) == 0
    out = capsys.readouterr().out
    for part in ("Pipeline words: 2 steps", "1 make", "make: makes the dataset 'words'", "saves   words", "k=1"):
        assert part in out
    assert main(["plan", "--json"]) == 0
    plan = msgspec.json.decode(capsys.readouterr().out, type=Plan)
    assert [step.name for step in plan.steps] == ["make", "use"]


@pytest.mark.parametrize("command", ["run", "plan"])
def test_help_teaches_by_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Each command shows itself in use."""
    assert main([command, "--help"]) == 0
    assert f"\n    benchbook {command} flights -p year 2013    " in capsys.readouterr().out

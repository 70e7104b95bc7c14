"""`benchbook ci` and `benchbook report`: the generated steps are run for real, in fresh clones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from library.cli.ci_steps import BIN, Runner
from library.pipelines.notebooks import write_notebook

YAML = """\
pipelines:
  flights:
    steps: [{notebook: train.ipynb}]
gates:
  release:
    model: delay
    data: evaluation
    target: late
    checks:
      - {metric: accuracy, min: 0.6}
      - {metric: accuracy, better_by: 0}
"""
TRAIN = """
import pandas as pd, benchbook as bb
from sklearn.linear_model import LogisticRegression
rows = pd.read_csv("rows.csv")
bb.save_dataset("evaluation", rows.tail(500).reset_index(drop=True))
learn = rows.head(500)
api_token = "hunter2hunter2"
with bb.start_run("train", params={"column": COLUMN}) as run:
    model = LogisticRegression().fit(learn[[COLUMN]], learn["late"])
    run.log_metrics({"accuracy": model.score(learn[[COLUMN]], learn["late"])})
    bb.register_model("delay", model, example=learn[[COLUMN]].head())
"""


def git(folder: Path, *words: str) -> None:
    """Run git as somebody."""
    command = ["git", "-c", "user.name=ann", "-c", "user.email=ann@example.org", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def benchbook(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `benchbook …` there."""
    command = [sys.executable, "-m", "benchbook", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def write_train(folder: Path, column: str) -> None:
    """The notebook, learning from one column."""
    write_notebook(folder / "train.ipynb", TRAIN.replace("COLUMN", repr(column)))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose main branch has a pipeline, a gate and the workflow."""
    folder = tmp_path_factory.mktemp("ci") / "origin"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    random = np.random.default_rng(3)
    good, noise = random.normal(size=1000), random.normal(size=1000)
    pd.DataFrame({"good": good, "noise": noise, "late": good > 0}).to_csv(folder / "rows.csv", index=False)
    (folder / "benchbook.yaml").write_text(YAML)
    (folder / "requirements.txt").write_text("pandas\n")
    write_train(folder, "good")
    done = benchbook(folder, "ci", "github")
    assert (done.returncode, "Wrote .github/workflows/benchbook.yml" in done.stdout) == (0, True)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "begin")
    return folder


def clone(origin: Path, name: str, branch: str | None = None) -> Path:
    """A fresh clone beside it; on a new branch, if one is named."""
    folder = origin.parent / name
    git(origin.parent, "clone", "-q", str(origin), name)
    if branch is not None:
        git(folder, "switch", "-q", "-c", branch)
    return folder


@pytest.fixture(scope="module")
def main(origin: Path) -> Runner:
    """The workflow after a push to main: there is no champion yet."""
    runner = Runner(clone(origin, "main"), origin.parent / "cache", "push")
    assert runner.job("benchbook") == 0, runner.log
    return runner


def test_a_push_to_main_makes_the_champion(main: Runner) -> None:
    """Without one only absolute checks hold anything back; what passed is promoted, and the store is saved."""
    text = (main.folder / "benchbook-report.md").read_text()
    assert "## ✓ Passed: pipeline flights" in text
    assert main.summary.read_text() == text
    assert "delay:1 is delay@champion now." in main.log
    assert (main.cache / "ledger.jsonl").is_file()


def test_a_pull_request_that_is_worse_fails_and_says_why(origin: Path, main: Runner) -> None:
    """The gate fails the job, and the report is written all the same: metrics, the notebook's diff, no secret."""
    before = (main.cache / "ledger.jsonl").read_bytes()
    folder = clone(origin, "worse", "worse")
    write_train(folder, "noise")
    git(folder, "commit", "-qam", "learn noise")
    runner = Runner(folder, main.cache, "pull_request", base="main")
    assert runner.job("benchbook") == 1
    assert (runner.outcomes["run"], runner.outcomes["gate"], runner.outcomes["report"]) == (
        "success",
        "failure",
        "success",
    ), runner.log
    text = (folder / "benchbook-report.md").read_text()
    assert "## ✕ Held back: pipeline flights" in text
    assert "delay:2 did not pass release" in text
    assert "at main" in text or "origin/main" in text
    assert "`train.column` | `good` | `noise`" in text
    assert "-    model = LogisticRegression().fit(learn[['good']], learn[\"late\"])" in text
    assert "hunter2" not in text + (folder / "benchbook-report.html").read_text()
    assert (main.cache / "ledger.jsonl").read_bytes() == before
    assert "promote" not in runner.log


def test_one_comment_is_renewed(origin: Path, main: Runner) -> None:
    """The commenting job's own script writes a comment the first time and renews that one afterwards."""
    folder = clone(origin, "comment")
    runner = Runner(folder, main.cache, "pull_request")
    for word in ("first", "second"):
        (folder / "benchbook-report.md").write_text(f"<!-- benchbook report: flights -->\n{word}")
        assert runner.job("comment") == 0, runner.log
    kept = json.loads((folder.parent / "comments.json").read_text())
    assert [one["body"].splitlines()[1] for one in kept] == ["second"]


def test_a_pipeline_that_fails_is_reported(origin: Path, main: Runner) -> None:
    """No gate is asked, and the report names step, notebook, cell and error."""
    folder = clone(origin, "broken", "broken")
    write_notebook(folder / "train.ipynb", "raise ValueError('no `rows` | at <b>all</b>')")
    runner = Runner(folder, main.cache, "pull_request", base="main")
    assert runner.job("benchbook") == 1
    assert (runner.outcomes["run"], runner.outcomes["gate"]) == ("failure", "skipped")
    text = (folder / "benchbook-report.md").read_text()
    assert "## ✕ Failed: pipeline flights" in text
    assert "| `train` | `train.ipynb` | 1 | ``ValueError: no `rows` \\| at <b>all</b>`` |" in text


def test_a_pipeline_that_cannot_begin_is_reported(origin: Path, main: Runner) -> None:
    """The report is about this, not about the run that the restored store holds."""
    folder = clone(origin, "wrong", "wrong")
    (folder / "benchbook.yaml").write_text(YAML.replace("train.ipynb", "trian.ipynb"))
    runner = Runner(folder, main.cache, "pull_request", base="main")
    assert runner.job("benchbook") == 1
    text = (folder / "benchbook-report.md").read_text()
    assert "## ✕ Failed: pipeline flights" in text
    assert "did not start: benchbook.yaml, line 3" in text
    assert "trian.ipynb" in text


def test_gitlab_runs_the_same(origin: Path, main: Runner) -> None:
    """The lines of GitLab's job, one after another in one shell; the report is written when they have failed."""
    folder = clone(origin, "gitlab", "mr")
    assert benchbook(folder, "ci", "gitlab").returncode == 0
    import yaml

    job = yaml.safe_load((folder / ".gitlab/benchbook.gitlab-ci.yml").read_text())["benchbook"]
    write_train(folder, "noise")
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "CI_PROJECT_DIR": str(folder),
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_BRANCH": "",
    }
    codes = []
    for part in ("script", "after_script"):
        lines = "\n".join(line for line in job[part] if "pip install" not in line)
        command = ["bash", "-eo", "pipefail", "-c", lines]
        codes.append(subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True).returncode)
    assert codes == [1, 0]
    assert "## ✕ Held back" in (folder / "benchbook-report.md").read_text()


def test_reports_by_hand(origin: Path, main: Runner) -> None:
    """Subject and base as people name them; wrong ones are said; JSON is the record."""
    folder = main.folder
    record = json.loads(benchbook(folder, "report", "delay@champion", "--json").stdout)
    assert (record["passed"], record["pipeline"], record["verdicts"][0]["model"]) == (True, "flights", "delay")
    run = record["run"]
    for words in ([], ["flights"], ["delay"], ["delay:1"], [run], [run[:8]], ["flights", "--base", "HEAD"]):
        done = benchbook(folder, "report", *words)
        assert done.stdout.startswith(f"<!-- benchbook report: flights -->\n## ✓ Passed: pipeline flights, run {run}")
    for words in (["nothing"], ["flights", "--base", "nowhere"], ["--json", "-o", "x.md"], ["delay:9"]):
        assert benchbook(folder, "report", *words).returncode == 2
    empty = origin.parent / "empty"
    empty.mkdir()
    assert "benchbook run" in benchbook(empty, "report").stderr


def test_ci_asks_what_it_must_know(tmp_path: Path) -> None:
    """A project without a pipeline, an unknown gate, two gates for one model; a pipeline without a gate is told."""
    assert benchbook(tmp_path, "ci").returncode == 2
    (tmp_path / "benchbook.yaml").write_text(YAML.replace("train.ipynb", "x.ipynb"))
    write_notebook(tmp_path / "x.ipynb", "1")
    assert "Did you mean: release" in benchbook(tmp_path, "ci", "--gate", "relase").stderr
    done = benchbook(tmp_path, "ci", "github")
    assert (done.returncode, "no gate" in done.stdout) == (0, True)
    flow = (tmp_path / ".github/workflows/benchbook.yml").read_text()
    assert 'echo "benchbook.yaml has no gate' in flow
    refused = benchbook(tmp_path, "ci", "github", "--gate", "release")
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)

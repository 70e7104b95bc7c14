"""Pipelines over REST: what `benchbook.yaml` says, and one run in the background as the terminal would run it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import nbformat
import pytest

from benchbook.pipelines import list_pipelines
from benchbook.project import Project
from benchbook_lab.launcher import Launcher
from server.conftest import Ask

WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.05)"
LOG = "import benchbook as bb\nbb.log_metrics({'months': len(months), 'year': year})"


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook whose first cell is tagged `parameters`."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.cells[0].metadata["tags"] = ["parameters"]
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)


@pytest.fixture
def small(project: Project) -> Project:
    """A pipeline of one notebook that waits for the file `go`, and one that names a notebook that is missing."""
    write_notebook(project.root / "one.ipynb", "months = [1]\nyear = 2000", WAIT, LOG)
    steps = {"small": {"steps": [{"notebook": "one.ipynb"}]}, "torn": {"steps": [{"notebook": "gone.ipynb"}]}}
    (project.root / "benchbook.yaml").write_text(json.dumps({"pipelines": steps}))
    return project


async def test_pipelines_are_the_library_s(ask: Ask, small: Project) -> None:
    """GET /pipelines answers each pipeline; one that cannot be planned says why and hides no other."""
    answer = (await ask("pipelines")).json
    assert [pipeline["name"] for pipeline in answer] == ["small", "torn"]
    assert (answer[0]["error"], answer[0]["steps"][0]["notebook"]) == ("", "one.ipynb")
    assert "gone.ipynb" in answer[1]["error"]
    assert len(list_pipelines(project=small)) == 2


async def test_a_broken_config_is_said(ask: Ask, project: Project) -> None:
    """A typing mistake in `benchbook.yaml` is a 400 that says where."""
    (project.root / "benchbook.yaml").write_text("pipelnies: {}\n")
    answer = await ask("pipelines")
    assert answer.status == 400
    assert "pipelnies" in answer.json["message"]


async def test_a_started_pipeline_runs_to_its_end(ask: Ask, small: Project) -> None:
    """POST starts it with the params given, a second start is a 409 until it ended, and its output is kept."""
    given = {"params": {"months": [1, 2, 3], "year": 2013}}
    started = await ask("pipelines/small/runs", given)
    assert (started.status, started.json["started"], started.json["run"]) == (200, True, None)
    again = await ask("pipelines/small/runs", {})
    assert (again.status, again.json["type"]) == (409, "Conflict")
    (small.root / "go").touch()
    for _ in range(300):
        if (await ask("runs?kind=pipeline&filter=status%20%3D%20%27finished%27")).json["total"]:
            break
        await asyncio.sleep(0.2)
    step = (await ask("runs?kind=step")).json["runs"][0]["id"]
    metrics = {metric["key"]: metric["last"] for metric in (await ask(f"runs/{step}")).json["metrics"]}
    assert metrics == {"months": 3, "year": 2013}
    notebook = (await ask(f"runs/{step}/notebook")).json
    assert notebook["executed"] is True
    assert any(cell["execution_count"] for cell in notebook["notebook"]["cells"])
    assert "one" in (small.root / started.json["log"]).read_text()


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("smal", {}, 404),
        ("torn", {}, 400),
        ("small", {"params": {"unknown": 1}}, 400),
        ("small", {"params": {"__import__('os')": 1}}, 400),
        ("small", {"params": {"--help": 1}}, 400),
        ("small", {"params": [1]}, 400),
        ("small", {"params": {"year": "x" * 200_000}}, 400),
        ("--help", {}, 400),
        ("..%2fsmall", {}, 400),
    ],
)
async def test_what_cannot_run_is_not_started(ask: Ask, small: Project, name: str, body: object, status: int) -> None:
    """A mistake is answered at once, and no process is started for it."""
    assert (await ask(f"pipelines/{name}/runs", body)).status == status
    assert not (small.folder / "logs").exists()


def test_a_finished_child_is_reaped(small: Project) -> None:
    """A background run that ended leaves no zombie, and may be started again."""
    launcher = Launcher()
    for _ in range(2):
        launcher.start(small, "unknown-pipeline", {})
        process = launcher._running[small.root, "unknown-pipeline"]
        assert process.wait(30) != 0
        assert not launcher.is_running(small, "unknown-pipeline")
        assert not Path(f"/proc/{process.pid}").exists() or os.name != "posix"

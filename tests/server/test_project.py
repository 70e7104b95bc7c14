"""Which project the server shows, before and after there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchbook.project import Project
from benchbook.tracking import start_run
from benchbook_lab.place import Place
from server.conftest import Ask

LISTS = ("runs", "datasets", "models", "pipelines")


async def test_without_a_project_lists_are_empty(ask: Ask, jp_root_dir: Path) -> None:
    """A folder without a project is no error: it says where one would be made, and nothing is made by looking."""
    about = (await ask("project")).json
    assert (about["exists"], about["root"], about["revision"]) == (False, str(jp_root_dir), "")
    answers = [await ask(noun) for noun in LISTS]
    assert [answer.json for answer in answers] == [{"total": 0, "runs": []}, [], [], []]
    assert not any(jp_root_dir.iterdir())  # noqa: ASYNC240  a test may wait for its disk


async def test_without_a_project_a_page_is_not_found(ask: Ask) -> None:
    """A page asked for before there is a project says so and how to begin."""
    answer = await ask("runs/abc")
    assert (answer.status, answer.json["type"]) == (404, "NotFound")
    assert "project" in answer.json["message"]


async def test_a_project_is_noticed_when_it_appears(ask: Ask, project: Project) -> None:
    """The first run makes the project; the next question finds it."""
    assert not (await ask("project")).json["exists"]
    with start_run("first", project=project):
        about = (await ask("project")).json
    assert (about["exists"], about["name"], about["root"]) == (True, project.name, str(project.root))


async def test_kernels_make_the_project_at_the_root(ask: Ask, jp_root_dir: Path) -> None:
    """What a kernel in a subfolder inherits points at Jupyter's root."""
    assert os.environ["BENCHBOOK_PROJECT"] == str(jp_root_dir)


async def test_revision_moves_with_every_kind_of_change(ask: Ask, project: Project) -> None:
    """Logging, ending and saving `benchbook.yaml` each give a new revision; asking again gives the same."""
    seen = [(await ask("revision")).json["revision"]]
    with start_run("moving", project=project) as run:
        seen.append((await ask("revision")).json["revision"])
        run.log_metric("loss", 1.0)
        seen.append((await ask("revision")).json["revision"])
    seen.append((await ask("revision")).json["revision"])
    (project.root / "benchbook.yaml").write_text("pipelines: {}\n")
    seen.append((await ask("revision")).json["revision"])
    assert len(set(seen)) == 5
    assert (await ask("revision")).json["revision"] == seen[-1]


def test_the_variable_names_the_project_above(tmp_path: Path) -> None:
    """With Jupyter's root inside a project, kernels elsewhere use that project and make no second one in it."""
    (tmp_path / "benchbook.yaml").write_text("")
    inside = tmp_path / "notebooks"
    inside.mkdir()
    place = Place(inside)
    assert os.environ["BENCHBOOK_PROJECT"] == str(tmp_path)
    found = place.project()
    place.leave()
    assert found is not None
    assert found.root == tmp_path
    assert "BENCHBOOK_PROJECT" not in os.environ


def test_a_variable_a_person_set_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """$BENCHBOOK_PROJECT is where the project is looked for when Jupyter's root is in none."""
    elsewhere, root = tmp_path / "elsewhere", tmp_path / "root"
    elsewhere.mkdir()
    root.mkdir()
    monkeypatch.setenv("BENCHBOOK_PROJECT", str(elsewhere))
    place = Place(root)
    assert place.project() is None
    (elsewhere / "benchbook.yaml").write_text("")
    found = place.project()
    place.leave()
    assert found is not None
    assert found.root == elsewhere
    assert os.environ["BENCHBOOK_PROJECT"] == str(elsewhere)

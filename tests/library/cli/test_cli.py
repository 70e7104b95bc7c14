"""The command line, run as people run it: what it prints, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchbook.project import Project
from benchbook.tracking import start_run

GATES = ("gate", "promote", "rollback", "approvals", "approve", "reject", "card", "audit", "monitor", "watch", "drill")
COMMANDS = ("new", "run", "plan", "runs", "datasets", "models", "serve", "predict", "sql", "doctor", "lab")


def benchbook(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `benchbook …`."""
    command = [sys.executable, "-m", "benchbook", *arguments]
    environment = {**os.environ, "COLUMNS": "160"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def filled(project: Project) -> Project:
    """A project with one run."""
    with start_run("train <b>[red]", params={"depth": 6}) as run:
        run.log_metric("auc", 0.73)
    return project


@pytest.mark.parametrize("command", [*COMMANDS, *GATES])
def test_help_teaches(command: str, tmp_path: Path) -> None:
    """Each command's help says what it does and shows an example."""
    done = benchbook(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage: benchbook" in done.stdout
    assert f"\n    benchbook {command}" in done.stdout


def test_the_group_lists_every_command(tmp_path: Path) -> None:
    """`benchbook --help` names all commands and a first tour."""
    done = benchbook("--help", cwd=tmp_path)
    assert all(f"\n  {command} " in done.stdout for command in (*COMMANDS, *GATES))
    assert "benchbook new flights" in done.stdout


def test_runs_as_table_and_json(filled: Project) -> None:
    """A run is listed with its metric; markup in its name is text; JSON holds the record."""
    table = benchbook("runs", cwd=filled.root)
    assert "train <b>[red]" in table.stdout
    assert "auc 0.73" in table.stdout
    (record,) = json.loads(benchbook("runs", "--json", cwd=filled.root).stdout)
    assert (record["name"], record["status"], record["spark"]["last"]) == ("train <b>[red]", "finished", 0.73)
    none = benchbook("runs", "metrics.auc > 0.9", cwd=filled.root)
    assert "No run matches" in none.stdout


def test_wrong_requests_exit_2(filled: Project) -> None:
    """A filter nobody understands, an unknown template or command: exit 2 and a sentence, no traceback."""
    wrong_filters = (("runs", "bogus = 1"), ("runs", "status = 3"), ("runs", "status AND name", "--json"))
    for arguments in (*wrong_filters, ("new", "flihgts", "x"), ("sql", "DROP TABLE runs"), ("bogus",)):
        done = benchbook(*arguments, cwd=filled.root)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr
        assert "Error" in done.stderr
    assert "Did you mean: flights" in benchbook("new", "flihgts", "x", cwd=filled.root).stderr


def test_empty_lists_say_what_to_do(project: Project) -> None:
    """In a new project each list says how to fill it, and leaves no file behind."""
    for command, word in (("runs", "bb.start_run"), ("datasets", "bb.save_dataset"), ("models", "bb.register_model")):
        done = benchbook(command, cwd=project.root)
        assert done.returncode == 0
        assert word in done.stdout
        assert json.loads(benchbook(command, "--json", cwd=project.root).stdout) == []
    assert list(project.root.iterdir()) == []


def test_sql_prints_rows(filled: Project) -> None:
    """SQL answers as a table and as JSON."""
    assert "auc" in benchbook("sql", "SELECT key FROM metrics", cwd=filled.root).stdout
    rows = json.loads(benchbook("sql", "SELECT key, value FROM metrics", "--json", cwd=filled.root).stdout)
    assert rows == [{"key": "auc", "value": 0.73}]


def test_json_keeps_what_json_has_no_word_for(filled: Project) -> None:
    """NaN and the infinities are text, wherever they stand; no column hides another of its name."""
    query = "SELECT 'nan'::DOUBLE a, '-inf'::FLOAT a, [{'x': 'inf'::DOUBLE}] b, MAP{2: now() < now()} c, 'z'::BLOB d"
    (row,) = json.loads(benchbook("sql", query, "--json", cwd=filled.root).stdout)
    assert row == {"a": "nan", "a_1": "-inf", "b": [{"x": "inf"}], "c": {"2": False}, "d": "eg=="}


def test_json_of_a_plan_keeps_nan(project: Project) -> None:
    """A param that is NaN is shown as what it is, as in every listing."""
    cell = {"cell_type": "code", "source": "a = 1", "metadata": {"tags": ["parameters"]}, "outputs": [], "id": "a"}
    notebook = {"cells": [cell | {"execution_count": None}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project.root / "n.ipynb").write_text(json.dumps(notebook))
    (project.root / "benchbook.yaml").write_text(
        "pipelines:\n  p:\n    params: {a: .nan}\n    steps: [{notebook: n.ipynb}]\n"
    )
    assert json.loads(benchbook("plan", "--json", cwd=project.root).stdout)["params"] == {"a": "nan"}


def test_doctor_exits_by_what_it_finds(filled: Project) -> None:
    """A sound project exits 0; one with a changed ledger byte exits 1 and names the line."""
    filled.store.record("set_alias", "dataset", "d", lambda _ask: {"alias": "a", "version": 1})
    assert benchbook("doctor", cwd=filled.root).returncode == 0
    path = filled.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    done = benchbook("doctor", cwd=filled.root)
    assert done.returncode == 1
    assert "broken at line 1" in done.stdout


def test_new_makes_a_project_whole_or_not_at_all(tmp_path: Path) -> None:
    """A template is copied; a folder with something in it is left alone; the list names the templates."""
    assert {"flights", "minimal"} <= set(benchbook("new", cwd=tmp_path).stdout.split())
    assert {"name": "flights"} in json.loads(benchbook("new", "--json", cwd=tmp_path).stdout)
    assert benchbook("new", "minimal", "mine", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine" / "benchbook.yaml").is_file()
    again = benchbook("new", "minimal", "mine", cwd=tmp_path)
    assert again.returncode == 1
    assert "not empty" in again.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_new_fills_the_empty_folder_one_stands_in(tmp_path: Path) -> None:
    """`benchbook new minimal .` fills the very folder, so the shell that stands in it sees the files."""
    before = tmp_path.stat().st_ino
    done = benchbook("new", "minimal", ".", cwd=tmp_path)
    assert (done.returncode, tmp_path.stat().st_ino) == (0, before)
    assert {"benchbook.yaml", "train.ipynb"} <= {path.name for path in tmp_path.iterdir()}


def test_lab_is_jupyterlab_on_the_project(filled: Project) -> None:
    """The options go to JupyterLab, and a file of the project named like a module of Python is not imported."""
    (filled.root / "queue.py").write_text("raise SystemExit('imported by mistake')")
    done = benchbook("lab", "--version", cwd=filled.root)
    assert (done.returncode, done.stdout.split(".")[0]) == (0, "4")


def test_project_option_works_from_elsewhere(filled: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """--project names the folder, from wherever the command is given."""
    done = benchbook("--project", str(filled.root), "runs", cwd=tmp_path_factory.mktemp("elsewhere"))
    assert "auc 0.73" in done.stdout

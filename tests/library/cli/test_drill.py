"""`benchbook drill` in the terminal."""

from __future__ import annotations

import json

import pytest

from benchbook.cli.main import main
from benchbook.pipelines.drill import FAULTS
from benchbook.project import Project
from library.pipelines.drill_project import YAML, make_drill_project


def test_the_help_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be given to --fault is read there, with examples."""
    assert main(["drill", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"  {name} " in told for name in FAULTS)
    assert "benchbook drill delay --no-retrain" in told


def test_grades_are_printed_and_listed(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """A table and a sentence for each fault, progress beside them, and later the list of drills."""
    make_drill_project(project, months=5)
    assert main(["drill", "m", "--no-retrain", "--fault", "unit", "--fault", "missing", "--seed", "3"]) == 0
    told = capsys.readouterr()
    assert "Fire drill of m" in told.out
    assert "A unit: a × 1.609" in told.out
    assert "  unit: 2013-05, drift a" in told.err
    assert main(["drill", "--past"]) == 0
    assert "control A unit A missing A" in " ".join(capsys.readouterr().out.split())
    assert main(["drill", "--past", "--json"]) == 0
    (past,) = json.loads(capsys.readouterr().out)
    assert (past["monitor"], past["settings"]["seed"]) == ("m", 3)


def test_an_unseen_fault_is_exit_code_1(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """So that it can stand in a scheduled job; JSON holds the whole record."""
    make_drill_project(project, text=YAML.replace("    max_drop", "    columns: [a]\n    max_drop"), months=5)
    assert main(["drill", "m", "--no-retrain", "--fault", "category", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [trial["grade"] for trial in found["trials"]] == ["A", "F"]
    assert "columns:" in found["trials"][1]["sentence"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say which monitor to drill."),
        (["n"], "There is no monitor 'n'"),
        (["m", "--fault", "flood"], "There is no fault 'flood'"),
        (["m", "--chunks", "0"], "0 faulty chunks"),
    ],
)
def test_a_wrong_request_is_exit_code_2(
    project: Project, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """With what is known."""
    make_drill_project(project, months=3)
    assert main(["drill", *words]) == 2
    assert said in capsys.readouterr().err

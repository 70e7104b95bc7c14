"""Promotion among real processes: killed at any boundary it is whole and can be repeated; of two at once one wins."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchbook.gates import approve, list_approvals, promote
from benchbook.governance import verify_audit
from benchbook.models import get_model, register_model
from benchbook.project import Project
from benchbook.store.ledger import Ledger
from library.gates.bench import FEATURES, flights, model, project_of, write_gate

WORKER = Path(__file__).parent / "worker.py"


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """A process that promotes; see worker.py."""
    command = [sys.executable, str(WORKER), str(project.root), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def facts(project: Project) -> list[str]:
    """What was done, in order, registrations left out."""
    ledger = Ledger(project.folder / "ledger.jsonl")
    actions = [entry.fact.action for entry in ledger.entries()]
    return [action for action in actions if action not in ("save", "register")]


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        ("before 1", []),
        ("after 1", ["evaluate"]),
        ("before 2", ["evaluate"]),
        ("after 2", ["evaluate", "promote"]),
    ],
)
def test_killed_at_each_boundary_of_a_promotion(delay: Project, moment: str, left: list[str]) -> None:
    """Before or after the line of each fact: the alias is old or new, and repeating promotes exactly once."""
    write_gate(delay.root, "size_mb: 5")
    process = start(delay, "promote", "2", moment)
    process.communicate(timeout=120)
    assert process.returncode == -9
    assert facts(delay) == left
    moved = "promote" in left
    assert get_model("delay:2").aliases == (["champion"] if moved else [])
    assert promote("delay", 2).state == ("unchanged" if moved else "promoted")
    assert facts(delay) == ["evaluate", "promote"]
    assert verify_audit().ok


@pytest.mark.parametrize(
    ("moment", "left"), [("before 1", []), ("after 1", ["approve"]), ("after 2", ["approve", "promote"])]
)
def test_killed_at_each_boundary_of_an_approval(delay: Project, moment: str, left: list[str]) -> None:
    """An approval whose promotion was cut off is completed by approving again; none is counted twice."""
    write_gate(delay.root, "size_mb: 5", approval="approvers: [ann]")
    request = promote("delay", 2).request
    assert request is not None
    start(delay, "approve", request.id, moment).communicate(timeout=120)
    assert facts(delay) == ["evaluate", "request", *left]
    if "promote" not in left:
        assert approve(request.id, project=project_of(delay.root, "ann")).state == "promoted"
    assert facts(delay) == ["evaluate", "request", "approve", "promote"]
    assert [one.state for one in list_approvals()] == ["promoted"]


def test_of_two_promotions_at_once_one_wins(delay: Project) -> None:
    """Both were judged against the same champion; the second finds that it has moved, and nothing of it is recorded."""
    register_model("delay", model(*FEATURES, seed=5), example=flights(5)[FEATURES])
    write_gate(delay.root, "size_mb: 5")
    promote("delay", 1)
    racers = [start(delay, "race", version) for version in ("2", "3")]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "judged\n"
    told = [json.loads(racer.communicate("go\n", timeout=120)[0]) for racer in racers]
    assert sorted(one["state"] for one in told) == ["Conflict", "promoted"]
    winner = next(one["version"] for one in told if one["state"] == "promoted")
    assert get_model("delay@champion").version == winner
    assert facts(delay).count("promote") == 2
    assert "was judged against version 1" in next(one["said"] for one in told if one["state"] == "Conflict")

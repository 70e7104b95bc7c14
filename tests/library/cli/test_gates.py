"""`benchbook gate|promote|rollback|approve|reject|approvals|audit|card`, run as people and CI run them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchbook.models import get_model
from benchbook.project import Project
from library.gates.bench import save_evaluation, strong, weak, write_gate

RULES = "expectations:\n  evaluation:\n    - {rows_min: 10}\n"


def benchbook(project: Project, *arguments: str, user: str = "dan") -> subprocess.CompletedProcess[str]:
    """Run `benchbook …` as ``user``."""
    environment = {**os.environ, "COLUMNS": "160", "LOGNAME": user}
    command = [sys.executable, "-m", "benchbook", *arguments]
    return subprocess.run(
        command, cwd=project.root, capture_output=True, text=True, check=False, env=environment, timeout=120
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two versions, made once."""
    from benchbook.project import open_project, use_project

    made = open_project(tmp_path_factory.mktemp("made"))
    use_project(made.root)
    save_evaluation()
    weak()
    strong()
    use_project(None)
    return made.folder


@pytest.fixture
def delay(made: Path, project: Project) -> Project:
    """The project, copied."""
    shutil.copytree(made, project.folder)
    return project


def test_gate_prints_each_check_and_exits_by_the_verdict(delay: Project) -> None:
    """0 when it passed, 1 when not; --check records nothing; --json is the record."""
    write_gate(delay.root, "size_mb: 5, why: phones", "expectations: evaluation", more=RULES)
    good = benchbook(delay, "gate", "release", "delay:2")
    assert (good.returncode, good.stderr) == (0, "")
    assert "delay:2 passed all 2 checks of release" in good.stdout
    assert "✓ passed  at most 5 MB  (phones)" in good.stdout
    write_gate(delay.root, "size_mb: 0.0001")
    bad = benchbook(delay, "gate", "delay:2", "--check", "--json")
    record = json.loads(bad.stdout)
    assert (bad.returncode, record["passed"], record["id"]) == (1, False, "")
    assert record["checks"][0]["status"] == "failed"


def test_wrong_requests_exit_2(delay: Project) -> None:
    """No gate, an unknown one, too many words, a gate that refers to nothing: a sentence with the line."""
    assert benchbook(delay, "gate", "delay:2").returncode == 2
    write_gate(delay.root, "size_mb: 5", target="lat")
    lost = benchbook(delay, "gate", "release", "delay:2")
    assert lost.returncode == 2
    assert "benchbook.yaml, line 5, gates.release.target is 'lat'" in lost.stderr
    assert benchbook(delay, "gate", "a", "b", "c").returncode == 2
    assert "Did you mean: release" in benchbook(delay, "gate", "relase", "delay:2").stderr


def test_promote_and_roll_back(delay: Project) -> None:
    """A failing version shows its checks and exits 1; a passing one moves; forcing needs a reason; back is one word."""
    write_gate(delay.root, "size_mb: 0.0001")
    failed = benchbook(delay, "promote", "delay", "1")
    assert failed.returncode == 1
    assert "✕ failed  at most 0.0001 MB" in failed.stdout
    assert "Error: delay:1 did not pass release" in failed.stderr
    assert benchbook(delay, "promote", "delay", "1", "--force").returncode == 2
    assert benchbook(delay, "promote", "delay", "1", "--force", "-m", "fire").returncode == 0
    write_gate(delay.root, "size_mb: 5")
    assert "delay:2 is delay@champion now" in benchbook(delay, "promote", "delay", "2").stdout
    assert json.loads(benchbook(delay, "rollback", "delay", "--json").stdout)["version"] == 1
    assert get_model("delay@champion").version == 1


def test_approving_and_rejecting(delay: Project) -> None:
    """What waits is listed with what to type; the approver moves it; a stranger is refused."""
    write_gate(delay.root, "size_mb: 5", approval="approvers: [ann], by_another: true")
    waits = benchbook(delay, "promote", "delay", "1")
    assert (waits.returncode, "Next:  benchbook approve " in waits.stdout) == (0, True)
    (request,) = json.loads(benchbook(delay, "approvals", "--json").stdout)
    assert request["id"][:12] in benchbook(delay, "approvals").stdout
    assert benchbook(delay, "approve", request["id"][:8], user="eve").returncode == 1
    assert "0 of 1" in benchbook(delay, "approvals", "--all").stdout
    assert benchbook(delay, "reject", request["id"], "-m", "no", user="ann").returncode == 0
    benchbook(delay, "promote", "delay", "2")
    (request,) = json.loads(benchbook(delay, "approvals", "--json").stdout)
    assert "delay:2 is delay@champion now" in benchbook(delay, "approve", request["id"][:8], user="ann").stdout
    assert "Nothing waits" in benchbook(delay, "approvals").stdout


def test_audit_lists_proves_and_exports(delay: Project) -> None:
    """Green exits 0; on a tampered copy the first bad line is named and the exit code is 1."""
    write_gate(delay.root, "size_mb: 0.0001")
    benchbook(delay, "promote", "delay", "1", "--force", "-m", "fire")
    listed = benchbook(delay, "audit", "--noun", "model", "--since", "1d")
    assert "FORCED delay:1 to champion: fire" in listed.stdout.splitlines()[0]
    assert json.loads(benchbook(delay, "audit", "--json", "--limit", "1").stdout)[0]["forced"] is True
    green = benchbook(delay, "audit", "--verify")
    assert (green.returncode, "5 facts, every line follows" in green.stdout) == (0, True)
    assert "Wrote 5 facts to out.jsonl" in benchbook(delay, "audit", "--out", "out.jsonl").stdout
    copy = delay.folder / "ledger.jsonl"
    copy.write_bytes(copy.read_bytes().replace(b'"forced":true', b'"forced":fals'))
    red = benchbook(delay, "audit", "--verify")
    assert red.returncode == 1
    assert "broken at line 5" in red.stdout
    assert json.loads(benchbook(delay, "audit", "--verify", "--json").stdout)["line"] == 5


def test_card_as_text_and_as_a_page(delay: Project) -> None:
    """Markdown on the terminal, HTML in a file, gaps counted."""
    assert benchbook(delay, "card", "delay").stdout.startswith("# Model card: delay:2")
    page = benchbook(delay, "card", "delay:1", "--html", "card.html")
    assert "gaps" in page.stdout
    assert (delay.root / "card.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert json.loads(benchbook(delay, "card", "delay", "--json").stdout)["ref"] == "delay:2"
    assert benchbook(delay, "card", "dealy").returncode == 2

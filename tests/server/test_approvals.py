"""Approvals, audit log and model cards over REST: who may decide, what stands on record, and files that cannot act."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from benchbook.gates import list_approvals, list_gates, promote
from benchbook.governance import list_audit, model_card
from benchbook.project import Project
from library.gates.bench import project_of, write_gate
from server.conftest import Ask
from server.test_gates import PASSES, delay  # noqa: F401  a fixture
from server.test_models import named_user  # noqa: F401  a fixture

HARMFUL = "<img src=x onerror=alert(1)></textarea><script>alert(1)</script>"


def ask_for_approval(project: Project, policy: str) -> str:
    """A promotion that waits, asked by dan; its id."""
    write_gate(project.root, PASSES, approval=policy)
    done = promote("delay", 2, reason="better in May", project=project_of(project.root, "dan"))
    assert done.request is not None
    return done.request.id


async def test_an_approval_moves_the_alias(named_user: None, ask: Ask, delay: Project) -> None:  # noqa: F811
    """The request is listed, the user of Jupyter approves, and the alias moves in that name."""
    request = ask_for_approval(delay, "approvers: [ada, ben]")
    (listed,) = (await ask("approvals?waiting=true")).json
    assert listed == msgspec.to_builtins(list_approvals(project=delay)[0])
    assert (listed["id"], listed["state"], listed["approvers"]) == (request, "waiting", ["ada", "ben"])
    done = await ask(f"approvals/{request}/approve", {"reason": "looked at it"})
    assert (done.status, done.json["state"], list_gates(project=delay)[0].current) == (200, "promoted", 2)
    assert done.json["request"]["decisions"][0]["actor"] == "ada"
    assert (await ask("approvals?waiting=true")).json == []
    assert [one["state"] for one in (await ask("approvals")).json] == ["promoted"]
    again = await ask(f"approvals/{request}/approve", {})
    assert (again.status, again.json["type"]) == (409, "Conflict")


async def test_who_may_not_decide_is_403(ask: Ask, delay: Project) -> None:  # noqa: F811
    """Somebody the policy does not name is NotAllowed, and is told who may."""
    request = ask_for_approval(delay, "approvers: [ann, ben]")
    for word in ("approve", "reject"):
        answer = await ask(f"approvals/{request}/{word}", {"reason": "why"})
        assert (answer.status, answer.json["type"]) == (403, "NotAllowed")
        assert "ann, ben" in answer.json["hint"]
    assert list_gates(project=delay)[0].current is None


async def test_a_rejection_needs_a_reason(named_user: None, ask: Ask, delay: Project) -> None:  # noqa: F811
    """Without one it is a 400; with one the request is rejected for good."""
    request = ask_for_approval(delay, "approvers: [ada]")
    assert (await ask(f"approvals/{request}/reject", {"reason": "  "})).status == 400
    done = await ask(f"approvals/{request}/reject", {"reason": "worse for XX"})
    assert (done.status, done.json["state"]) == (200, "rejected")
    assert (await ask(f"approvals/{request}/approve", {})).status == 409


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("approvals/zzz/approve", {}, 404),
        ("approvals/zzz/reject", {"reason": "x"}, 404),
        ("approvals/zzz/praise", {}, 404),
        ("approvals/..%2f..%2fx/approve", {}, 404),
        ("approvals/zzz/approve", {"reason": 1}, 400),
        ("approvals/zzz/approve", {"reason": "x" * 3_000}, 400),
        ("approvals/zzz/approve", {"force": True}, 400),
    ],
)
async def test_a_decision_that_cannot_be(
    ask: Ask,
    delay: Project,  # noqa: F811
    path: str,
    body: object,
    status: int,
) -> None:
    """Unknown requests and bad bodies are refused, and nothing is recorded."""
    before = (delay.folder / "ledger.jsonl").read_bytes()
    assert (await ask(path, body)).status == status
    assert (delay.folder / "ledger.jsonl").read_bytes() == before


async def test_the_project_says_in_whose_name(named_user: None, ask: Ask, delay: Project) -> None:  # noqa: F811
    """A browser can tell whether its user may decide before anybody clicks."""
    assert (await ask("project")).json["user"] == "ada"


async def test_the_audit_log_is_listed_and_proven(ask: Ask, delay: Project) -> None:  # noqa: F811
    """The same sentences as in the library, newest first, filtered by noun and name; the chain holds."""
    lines = (await ask("audit")).json
    assert [line["sentence"] for line in lines] == [one.sentence for one in list_audit(project=delay)]
    assert [line["name"] for line in (await ask("audit?noun=dataset")).json] == ["evaluation"]
    assert len((await ask("audit?name=delay&limit=1")).json) == 1
    proof = (await ask("audit/verification")).json
    assert (proof["ok"], proof["facts"], proof["line"]) == (True, len(lines), None)


async def test_a_changed_line_is_found(ask: Ask, delay: Project) -> None:  # noqa: F811
    """The proof reads the ledger itself: it answers 200 and says which line is bad."""
    ledger = delay.folder / "ledger.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join([lines[0], lines[1].replace("delay", "dealy", 1), *lines[2:]]))
    proof = await ask("audit/verification")
    assert (proof.status, proof.json["ok"], proof.json["line"]) == (200, False, 2)


@pytest.mark.parametrize("query", ["limit=0", "limit=10001", "limit=x", "since=yesterday", "since=%00"])
async def test_an_audit_question_out_of_range(ask: Ask, delay: Project, query: str) -> None:  # noqa: F811
    """A wrong number or time is a 400."""
    assert (await ask(f"audit?{query}")).status == 400


async def test_a_card_is_sections_of_text(ask: Ask, delay: Project) -> None:  # noqa: F811
    """The browser gets plain text and draws it itself; gaps are listed."""
    answer = await ask("models/delay/2/card")
    assert answer.json == msgspec.to_builtins(model_card("delay:2", project=delay))
    assert answer.json["gaps"]
    assert (await ask("models/delay/9/card")).status == 404
    assert (await ask("models/delay/2/card/pdf")).status == 404


@pytest.mark.parametrize(("kind", "ending"), [("html", "html"), ("markdown", "md")])
async def test_a_card_as_a_file_cannot_act(ask: Ask, delay: Project, kind: str, ending: str) -> None:  # noqa: F811
    """Markup in what people wrote is escaped; the file is an attachment in a sandbox without scripts."""
    cards: dict[str, Any] = {"cards": {"delay": {"intended_use": HARMFUL}}}
    (delay.root / "benchbook.yaml").write_text(json.dumps(cards))
    answer = await ask(f"models/delay/2/card/{kind}")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename*=utf-8''card-delay-2.{ending}"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"&lt;script" in answer.bytes
    assert b"<script" not in answer.bytes
    assert b"<img" not in answer.bytes

"""Gates over REST: judged in a process of its own, recorded in the name of Jupyter's user, refused with the verdict."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from benchbook.data import save_dataset
from benchbook.gates import get_verdict, list_gates, list_verdicts, promote
from benchbook.models import get_model, register_model
from benchbook.project import Project
from benchbook_lab.handler import refusal
from benchbook_lab.judging import Judges, Order
from library.gates.bench import FEATURES, flights, model, write_gate
from server.conftest import Ask
from server.test_models import named_user  # noqa: F401  a fixture

PASSES = "size_mb: 5"
FAILS = "metric: roc_auc, min: 0.99"


@pytest.fixture
def delay(project: Project) -> Project:
    """Data to judge on, and two versions: 1 weak, 2 strong; the gate `release` guards the champion."""
    save_dataset("evaluation", flights(500), project=project)
    for features in (["wind"], FEATURES):
        register_model("delay", model(*features), example=flights(5)[FEATURES], project=project)
    write_gate(project.root, PASSES, "metric: roc_auc, better_by: 0.01")
    return project


def champion(project: Project) -> int | None:
    """Where the champion points."""
    return next((one.current for one in list_gates(project=project)), None)


async def until(ask: Ask, answer: Any) -> Any:
    """What becomes of a gate that took longer than one request is held."""
    while answer.status == 202:
        answer = await ask(f"judgings/{answer.json['id']}")
    return answer


async def test_gates_are_the_library_s(ask: Ask, delay: Project) -> None:
    """GET /gates answers what is asked, what is guarded and what was judged; without a project or file it is empty."""
    answer = (await ask("gates")).json
    assert answer == msgspec.to_builtins(list_gates(project=delay))
    assert (answer[0]["model"], answer[0]["alias"], answer[0]["current"], answer[0]["newest"]) == (
        "delay",
        "champion",
        None,
        2,
    )
    assert [check["kind"] for check in answer[0]["checks"]] == ["size_mb", "metric"]
    (delay.root / "benchbook.yaml").unlink()
    assert (await ask("gates")).json == []


async def test_without_a_project_all_lists_are_empty(ask: Ask, project: Project) -> None:
    """Nothing recorded yet: every list is there and empty."""
    assert not project.exists
    for path in ("gates", "verdicts", "approvals", "audit", "endpoints"):
        answer = await ask(path)
        assert (answer.status, answer.json) == (200, []), path
    assert (await ask("audit/verification")).json["ok"] is True


async def test_a_verdict_names_jupyter_s_user(named_user: None, ask: Ask, delay: Project) -> None:  # noqa: F811
    """POST evaluates; the verdict is recorded, listed and shown whole, and the ledger says who asked."""
    answer = await until(ask, await ask("gates/release/verdicts", {"version": 2}))
    assert (answer.status, answer.json["passed"], answer.json["actor"]) == (200, True, "ada")
    verdict = get_verdict(answer.json["id"], project=delay)
    assert answer.json == msgspec.to_builtins(verdict)
    assert (await ask(f"verdicts/{verdict.id}")).json == answer.json
    assert [one["id"] for one in (await ask("verdicts")).json] == [verdict.id]
    assert [one["id"] for one in (await ask("models/delay/2/verdicts")).json] == [verdict.id]
    assert (await ask("models/delay/1/verdicts")).json == []
    assert (await ask("gates")).json[0]["judged"][0]["id"] == verdict.id


async def test_a_failed_gate_is_409_with_its_verdict(ask: Ask, delay: Project) -> None:
    """The promotion is refused, the alias stays, and the body has the recorded verdict."""
    write_gate(delay.root, PASSES, FAILS)
    answer = await until(ask, await ask("models/delay/promotions", {"version": 2, "alias": "champion"}))
    assert (answer.status, answer.json["type"]) == (409, "GateFailed")
    assert answer.json["verdict"]["id"] == list_verdicts(project=delay)[0].id
    assert [check["status"] for check in answer.json["verdict"]["checks"]] == ["passed", "failed"]
    assert champion(delay) is None


async def test_a_promotion_moves_the_alias_and_rollback_moves_it_back(ask: Ask, delay: Project) -> None:
    """Through the gate, then back in one call; with nothing before it is a Conflict."""
    promote("delay", 1, project=delay)
    answer = await until(ask, await ask("models/delay/promotions", {"version": 2, "alias": "champion", "reason": "x"}))
    assert (answer.status, answer.json["state"], champion(delay)) == (200, "promoted", 2)
    back = await ask("models/delay/rollbacks", {"alias": "champion", "reason": "complaints"})
    assert (back.status, back.json["state"], champion(delay)) == (200, "back", 1)
    again = await ask("models/delay/rollbacks", {"alias": "champion"})
    assert (again.status, again.json["type"], champion(delay)) == (409, "Conflict", 1)


async def test_force_needs_a_reason_and_is_marked(named_user: None, ask: Ask, delay: Project) -> None:  # noqa: F811
    """Without a reason 400 and no process; with one the alias moves, and the audit log names who forced it."""
    write_gate(delay.root, FAILS)
    order = {"version": 1, "alias": "champion", "force": True}
    assert (await ask("models/delay/promotions", order)).status == 400
    answer = await until(ask, await ask("models/delay/promotions", order | {"reason": "it crashes"}))
    assert (answer.status, answer.json["forced"], champion(delay)) == (200, True, 1)
    line = (await ask("audit")).json[0]
    assert (line["action"], line["forced"], line["actor"], line["version"]) == ("promote", True, "ada", 1)
    assert line["verdict"] == list_verdicts(project=delay)[0].id
    assert "FORCED" in line["sentence"]


async def test_a_guarded_alias_is_not_set(ask: Ask, delay: Project) -> None:
    """Setting it directly is NotAllowed, 403, and says how it moves."""
    answer = await ask("models/delay/aliases", {"alias": "champion", "version": 2})
    assert (answer.status, answer.json["type"]) == (403, "NotAllowed")
    assert "release" in answer.json["message"]
    assert champion(delay) is None


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("gates/relase/verdicts", {"version": 2}, 404),
        ("gates/..%2frelease/verdicts", {"version": 2}, 400),
        ("gates/release/verdicts", {"version": 3}, 404),
        ("gates/release/verdicts", {"version": -1}, 404),
        ("gates/release/verdicts", {"version": "2"}, 400),
        ("gates/release/verdicts", {}, 400),
        ("gates/release/verdicts", {"version": 2, "gate": "other"}, 400),
        ("models/dealy/promotions", {"version": 2, "alias": "champion"}, 404),
        ("models/delay/promotions", {"version": 2, "alias": "golden"}, 400),
        ("models/delay/promotions", {"version": 2, "alias": "a b"}, 400),
        ("models/delay/promotions", {"version": 2, "alias": "champion", "force": "yes"}, 400),
        ("models/delay/promotions", {"version": 2, "alias": "champion", "force": True, "reason": " "}, 400),
        ("models/delay/promotions", {"version": 2}, 400),
        ("models/delay/rollbacks", {"alias": "golden"}, 404),
        ("models/delay/rollbacks", {"alias": "champion", "reason": "a\u0000b"}, 400),
        ("models/%2e%2e/rollbacks", {"alias": "champion"}, 400),
    ],
)
async def test_what_cannot_be_is_said_at_once(ask: Ask, delay: Project, path: str, body: object, status: int) -> None:
    """A mistake is answered without any process, and nothing is recorded for it."""
    before = (delay.folder / "ledger.jsonl").read_bytes()
    assert (await ask(path, body)).status == status
    assert (delay.folder / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize("path", ["verdicts/zzz", "verdicts/..", "judgings/abc", "models/delay/9/verdicts"])
async def test_what_is_not_there(ask: Ask, delay: Project, path: str) -> None:
    """An unknown verdict, order or version is a 404 that says what to do."""
    answer = await ask(path)
    assert (answer.status, answer.json["type"]) == (404, "NotFound")
    assert answer.json["hint"]


async def test_a_gate_that_refers_to_nothing_says_its_line(ask: Ask, delay: Project) -> None:
    """What is only found while preparing comes back from the process with its status and place."""
    write_gate(delay.root, "metric: roc_auc, min: 0.5", data="nowhere")
    answer = await until(ask, await ask("gates/release/verdicts", {"version": 2}))
    assert (answer.status, answer.json["type"]) == (400, "InvalidInput")
    assert "benchbook.yaml, line" in answer.json["message"]
    assert list_verdicts(project=delay) == []


async def test_other_questions_are_answered_while_a_gate_is_asked(ask: Ask, delay: Project) -> None:
    """The event loop and the lanes are free: the list comes while the gate is still at work."""
    asking = asyncio.ensure_future(ask("gates/release/verdicts", {"version": 2}))
    seen = 0
    while not asking.done():
        assert (await ask("models")).status == 200
        seen += 1
    assert seen > 1
    assert (await until(ask, asking.result())).status == 200


async def test_what_is_cancelled_records_nothing(ask: Ask, delay: Project, jp_serverapp: Any) -> None:
    """DELETE ends the process; whoever waits hears that it was cancelled, and the same order can be given again."""
    judges: Judges = jp_serverapp.web_app.settings["benchbook_services"].judges
    job = judges.start(Order("evaluate", str(delay.root), "", "delay", 2, gate="release"))
    asking = asyncio.ensure_future(ask(f"judgings/{job.told.id}"))
    assert (await ask(f"judgings/{job.told.id}", method="DELETE")).status == 204
    answer = await asking
    assert (answer.status, answer.json["type"]) == (409, "Cancelled")
    assert job._process.returncode is not None
    assert list_verdicts(project=delay) == []
    assert (await until(ask, await ask("gates/release/verdicts", {"version": 2}))).status == 200


def test_the_same_order_is_carried_out_once(delay: Project) -> None:
    """Two browsers that ask the same at the same time wait for one process."""
    judges = Judges()
    order = Order("evaluate", str(delay.root), "", "delay", 2, gate="release")
    job = judges.start(order)
    assert judges.start(order) is job
    assert job.done.result(120).status == 200
    assert len(list_verdicts(project=delay)) == 1
    assert judges.find(job.told.id) is job


def test_a_process_that_was_killed_is_an_answer(delay: Project) -> None:
    """One that dies without a word, for want of memory say, is told with its exit code, and recorded nothing."""
    job = Judges().start(Order("evaluate", str(delay.root), "", "delay", 2, gate="release"))
    job._process.kill()
    reply = job.done.result(120)
    body = msgspec.json.decode(reply.body)
    assert (reply.status, body["type"]) == (409, "StepFailed")
    assert "exit code -9" in body["message"]
    assert list_verdicts(project=delay) == []


def test_the_error_table_carries_the_verdict() -> None:
    """GateFailed is 409 and brings the verdict; other errors bring none."""
    from benchbook.errors import Conflict, GateFailed

    status, body = refusal(GateFailed("no", verdict={"id": "v"}), 500)
    assert (status, body.verdict) == (409, {"id": "v"})
    assert b"verdict" not in msgspec.json.encode(refusal(Conflict("no"), 500)[1])


async def test_version_pages_know_the_promoted(ask: Ask, delay: Project) -> None:
    """The history of an alias on the model's page tells the forced promotion and its reason."""
    promote("delay", 1, force=True, reason="begin", project=delay)
    history = (await ask("models/delay/1")).json["alias_history"]
    assert [(one["kind"], one["forced"], one["reason"]) for one in history] == [("promote", True, "begin")]
    assert get_model("delay@champion", project=delay).version == 1

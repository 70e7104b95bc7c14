"""Approvals: a promotion waits for the people the policy names, and moves with the last of them, once."""

from __future__ import annotations

import pytest

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound
from benchbook.gates import ApprovalRequest, approve, list_approvals, promote, reject, rollback
from benchbook.governance.records import Verdict
from benchbook.models import get_model
from benchbook.project import Project
from benchbook.store import Query
from library.gates.bench import project_of, save_evaluation, write_gate


def gated(project: Project, approval: str = "approvers: [ann, ben, cy]") -> None:
    """A gate that everything passes, and whose promotions wait."""
    write_gate(project.root, "size_mb: 5", approval=approval)


def asked(project: Project, version: int = 2, user: str = "dan") -> ApprovalRequest:
    """A promotion that waits."""
    done = promote("delay", version, reason="better in May", project=project_of(project.root, user))
    assert done.state == "waiting"
    assert done.request is not None
    return done.request


def state(project: Project) -> list[str]:
    """The state of each request, newest first."""
    return [one.state for one in list_approvals(project=project)]


def test_a_promotion_waits_and_the_approval_completes_it(delay: Project) -> None:
    """Nothing moves until somebody of the policy approves; then alias, request and history agree."""
    gated(delay)
    request = asked(delay)
    assert get_model("delay:2").aliases == []
    assert list_approvals(waiting=True) == [request]
    done = approve(request.id[:6], "looked at it", project=project_of(delay.root, "ann"))
    assert (done.state, get_model("delay@champion").version, state(delay)) == ("promoted", 2, ["promoted"])
    assert done.request is not None
    assert [(one.actor, one.approved, one.reason) for one in done.request.decisions] == [("ann", True, "looked at it")]
    facts = delay.store.read(Query("SELECT action, actor FROM facts ORDER BY seq DESC LIMIT 3"))
    assert facts == [("promote", "ann"), ("approve", "ann"), ("request", "dan")]
    assert list_approvals(waiting=True) == []


def test_several_approvals_of_different_people(delay: Project) -> None:
    """Two are needed: the first waits on, the same person cannot be both, the second moves it."""
    gated(delay, "approvers: [ann, ben, cy], count: 2")
    request = asked(delay)
    first = approve(request.id, project=project_of(delay.root, "ann"))
    assert (first.state, first.sentence.partition(": ")[2][:18]) == ("waiting", "1 of 2 approvals; ")
    with pytest.raises(Conflict, match="'ann' has approved it already") as caught:
        approve(request.id, project=project_of(delay.root, "ann"))
    assert "ben, cy" in caught.value.hint
    assert approve(request.id, project=project_of(delay.root, "cy")).state == "promoted"


def test_who_may_not_approve(delay: Project) -> None:
    """Somebody who is not named, and with `by_another` the one who asked or registered."""
    gated(delay, f"approvers: [ann, dan, {delay.store.actor}], by_another: true")
    request = asked(delay, user="dan")
    assert request.approvers == ["ann"]
    for user in ("dan", delay.store.actor, "eve"):
        with pytest.raises(NotAllowed, match="may not approve delay:2 as champion") as caught:
            approve(request.id, project=project_of(delay.root, user))
        assert caught.value.hint == "These may: ann."
    assert state(delay) == ["waiting"]


def test_asking_leaves_nobody(delay: Project) -> None:
    """Where the one who asks is the only approver left, it is said at once instead of waiting for ever."""
    gated(delay, f"approvers: [ann, {delay.store.actor}], by_another: true")
    with pytest.raises(InvalidInput, match="0 may approve delay:2 when 'ann' asks"):
        promote("delay", 2, project=project_of(delay.root, "ann"))
    assert state(delay) == []


def test_a_rejection_ends_it(delay: Project) -> None:
    """It needs a reason and an approver or the one who asked; afterwards nobody can approve."""
    gated(delay)
    request = asked(delay)
    with pytest.raises(InvalidInput, match="A rejection needs a reason"):
        reject(request.id, "")
    with pytest.raises(NotAllowed, match="'eve' may not reject"):
        reject(request.id, "no", project=project_of(delay.root, "eve"))
    reject(request.id, "worse for XX", project=project_of(delay.root, "ben"))
    with pytest.raises(Conflict, match="was rejected"):
        approve(request.id, project=project_of(delay.root, "ann"))
    assert state(delay) == ["rejected"]
    assert reject(asked(delay).id, "changed my mind", project=project_of(delay.root, "dan")).state == "rejected"


def test_asking_twice_waits_once(delay: Project) -> None:
    """The same promotion asked again is the same request; another version replaces it."""
    gated(delay)
    assert asked(delay) == asked(delay)
    asked(delay, version=1)
    assert state(delay) == ["waiting", "stale"]


@pytest.mark.parametrize("change", ["data", "checks", "approvers", "alias"])
def test_what_changed_meanwhile_is_not_approved(delay: Project, change: str) -> None:
    """New data, another gate, fewer approvers or a moved alias: the approval is refused and nothing is recorded."""
    gated(delay)
    promote("delay", 1, force=True, reason="begin")
    request = asked(delay)
    if change == "data":
        save_evaluation(day=1)
    elif change == "checks":
        write_gate(delay.root, "size_mb: 4", approval="approvers: [ann, ben, cy]")
    elif change == "approvers":
        gated(delay, "approvers: [ann]")
    else:
        promote("delay", 2, force=True, reason="now")
        rollback("delay")
        promote("delay", 2, force=True, reason="again")
    with pytest.raises(Conflict):
        approve(request.id, project=project_of(delay.root, "ann"))
    assert delay.store.read(Query("SELECT count(*) FROM decisions")) == [(0,)]


def test_requests_that_are_not_there(delay: Project) -> None:
    """An unknown id lists how to find one; an empty one is unknown."""
    for name in ("abc", ""):
        with pytest.raises(NotFound, match="benchbook approvals"):
            approve(name)


def test_waiting_is_visible_in_the_verdict(delay: Project) -> None:
    """The policy stands among the checks, waiting, and does not decide about passing."""
    gated(delay)
    promote("delay", 2)
    (row,) = delay.store.read(Query("SELECT data FROM verdicts"))
    assert '"kind":"approval","status":"waiting"' in row[0]
    assert isinstance(promote("delay", 2).verdict, Verdict)

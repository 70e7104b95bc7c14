"""Approvals: a promotion that waits for other people, and what they said.

A request and every decision is a fact with its author; whether a request still waits is never stored but follows from
the facts, so no crash can leave it half decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound
from benchbook.governance.records import ApprovalRequest, ApprovalState, Decision
from benchbook.project import Project, current_project
from benchbook.refs import check_text
from benchbook.store import NewFact
from benchbook.store.queries import gates as queries

if TYPE_CHECKING:
    from benchbook.store import Ask


def list_approvals(*, waiting: bool = False, project: Project | None = None) -> list[ApprovalRequest]:
    """Every request for approval, newest first; with ``waiting`` only those that still wait."""
    found = (project or current_project()).store.read_with(all_requests)
    return [one for one in found if one.state == "waiting" or not waiting]


def get_approval(request: str, *, project: Project | None = None) -> ApprovalRequest:
    """One request by its id or an unambiguous beginning of it.

    Raises:
        NotFound: there is none.
        InvalidInput: the beginning fits several.
    """
    return (project or current_project()).store.read_with(lambda ask: find_request(ask, request))


def reject(request: str, reason: str, *, project: Project | None = None) -> ApprovalRequest:
    """Say no to a request, for good; the alias stays where it is. The one who asked may withdraw it in this way.

    Raises:
        InvalidInput: no reason is given.
        NotFound: there is no such request.
        NotAllowed: the actor is neither an approver nor the one who asked.
        Conflict: it does not wait any more.
    """
    project = project or current_project()
    check_reason("a rejection", reason)
    actor = project.store.actor

    def decide(ask: Ask) -> list[NewFact]:
        one = find_request(ask, request)
        _check_waits(one)
        if actor not in (*one.approvers, one.actor):
            raise NotAllowed(
                f"{actor!r} may not reject it.", hint=f"These may: {', '.join([*one.approvers, one.actor])}."
            )
        return [NewFact("reject", "model", one.model, _said(one, reason))]

    recorded = project.store.record_facts(decide)
    return get_approval(recorded[0].data["request"], project=project)


def approval_facts(ask: Ask, request: str, actor: str, reason: str) -> tuple[ApprovalRequest, list[NewFact], bool]:
    """What the approval by ``actor`` records, and whether enough have approved then. Called under the project lock.

    Approving twice records nothing new, so that a promotion a crash cut off can be completed by repeating it.

    Raises:
        NotFound, InvalidInput: there is no such request.
        NotAllowed: the actor is no approver, or is the one whose work it is.
        Conflict: it does not wait any more.
    """
    one = find_request(ask, request)
    _check_waits(one)
    if actor not in one.approvers:
        hint = f"These may: {', '.join(one.approvers) or 'nobody'}."
        raise NotAllowed(f"{actor!r} may not approve {one.model}:{one.version} as {one.alias}.", hint=hint)
    enough = len({*one.approved_by, actor}) >= one.needed
    if actor in one.approved_by:
        if not enough:
            raise Conflict(f"{actor!r} has approved it already.", hint=f"It waits for {_others(one, actor)}.")
        return one, [], True
    return one, [NewFact("approve", "model", one.model, _said(one, reason))], enough


def all_requests(ask: Ask) -> list[ApprovalRequest]:
    """All requests, newest first."""
    said: dict[str, list[Decision]] = {}
    for request, actor, approved, reason, time in ask(queries.decisions()):
        said.setdefault(request, []).append(Decision(actor, approved, reason, time))
    return [_request(row, said.get(row[0], [])) for row in ask(queries.requests())]


def find_request(ask: Ask, request: str) -> ApprovalRequest:
    """The request whose id begins with ``request``.

    Raises:
        NotFound: there is none.
        InvalidInput: there are several.
    """
    every = all_requests(ask)
    found = [one for one in every if request and one.id.startswith(request)]
    if not found:
        raise NotFound("request for approval", request, known=[one.id for one in every], hint=_LIST)
    if len(found) > 1:
        raise InvalidInput(f"{request!r} begins the ids of several requests.", hint="Give more of the id.")
    return found[0]


_LIST = "`benchbook approvals` lists those that wait."


def check_reason(what: str, reason: object) -> str:
    """Return ``reason`` if there is one.

    Raises:
        InvalidInput: it is empty or no text.
    """
    if not isinstance(reason, str) or not reason.strip():
        raise InvalidInput(f"{what[:1].upper()}{what[1:]} needs a reason.", hint="Say why: it stands in the audit log.")
    return check_text("reason", reason)


def _request(row: tuple[Any, ...], decisions: list[Decision]) -> ApprovalRequest:
    id_, gate, model, alias, version, previous, verdict, approvers, needed, by_another, reason, time, actor, *rest = row
    target, author, promoted, replaced = rest
    busy = (author, actor) if by_another else ()
    state: ApprovalState = "waiting"
    if promoted:
        state = "promoted"
    elif any(not one.approved for one in decisions):
        state = "rejected"
    elif replaced or target != previous:
        state = "stale"
    return ApprovalRequest(
        id=id_,
        gate=gate,
        model=model,
        alias=alias,
        version=version,
        previous=previous,
        verdict=verdict,
        state=state,
        approvers=[name for name in msgspec.json.decode(approvers) if name not in busy],
        needed=needed,
        reason=reason or "",
        actor=actor,
        time=time,
        decisions=decisions,
    )


def _check_waits(one: ApprovalRequest) -> None:
    if one.state != "waiting":
        told = {
            "promoted": "was approved, and the alias has moved",
            "rejected": "was rejected",
            "stale": f"is stale: {one.model}@{one.alias} has moved since, or it was asked for again",
        }
        hint = f"Promote it anew if it is still wanted: benchbook promote {one.model} {one.version}"
        raise Conflict(f"The request {one.id[:12]} {told[one.state]}.", hint=hint)


def _said(one: ApprovalRequest, reason: str) -> dict[str, Any]:
    return {"request": one.id, "alias": one.alias, "of": one.version, "reason": reason}


def _others(one: ApprovalRequest, actor: str) -> str:
    return ", ".join(name for name in one.approvers if name not in (*one.approved_by, actor))

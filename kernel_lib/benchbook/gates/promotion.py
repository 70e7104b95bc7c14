"""Promotion: the only way by which an alias that a gate guards moves forward, and rollback, by which it moves back.

One fact moves the alias, and it is decided under the project lock that the alias still points where the verdict
compared against. So of two promotions at once one wins, and a crash at any moment leaves the alias before or behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchbook.errors import Conflict, GateFailed, InvalidInput, NotFound
from benchbook.gates.evaluate import evaluate_prepared
from benchbook.gates.plan import PreparedGate, may_approve, pick_gate, prepare_gate
from benchbook.governance.approvals import all_requests, approval_facts, check_reason, get_approval
from benchbook.governance.records import ApprovalRequest, Verdict
from benchbook.governance.verdicts import get_verdict, verdicts_of
from benchbook.models import ModelVersion, get_model
from benchbook.project import Project, current_project
from benchbook.project.config import Config
from benchbook.project.gate_config import ApprovalConfig
from benchbook.refs import Ref, check_name, check_text, parse_ref
from benchbook.store import NewFact
from benchbook.store.queries import versions as queries

if TYPE_CHECKING:
    from benchbook.store import Ask, Fact

NOUN = "model"


class Promotion(msgspec.Struct, frozen=True):
    """What became of it: the alias was "promoted" or rolled "back", "waiting" for approval, or "unchanged"."""

    state: Literal["promoted", "waiting", "unchanged", "back"]
    model: str
    alias: str
    version: int
    previous: int | None
    sentence: str
    forced: bool = False
    verdict: Verdict | None = None
    request: ApprovalRequest | None = None
    fact: str = ""


def promote(
    model: str,
    challenger: str | int | Ref,
    *,
    alias: str | None = None,
    gate: str | None = None,
    force: bool = False,
    reason: str = "",
    project: Project | None = None,
) -> Promotion:
    """Let the gate decide whether ``alias`` (that of the gate) of ``model`` moves to ``challenger``, and move it.

    ``challenger`` is a version, an alias or a ref. A verdict that answers the very same question (versions, data, gate)
    is used again. Where the gate asks for approval, a request is recorded instead, and the last approval moves the
    alias. ``force`` moves it whatever gate and policy say; it needs a ``reason`` and is marked in the audit log.

    Raises:
        GateFailed: the version did not pass; carries the verdict, which is recorded.
        Conflict: the alias moved meanwhile; nothing was recorded.
        InvalidInput, NotFound: no gate guards the alias, or something named is not there.
    """
    project = project or current_project()
    why = check_reason("forcing a promotion", reason) if force else check_text("reason", reason) if reason else ""
    version = get_model(_ref(model, challenger), project=project)
    config = project.config()
    name = pick_gate(config, gate, model, alias)
    guarded = config.gates[name].alias
    if alias is not None and alias != guarded:
        raise InvalidInput(f"The gate {name!r} guards {model}@{guarded}, not {model}@{alias}.")
    if guarded in version.aliases:
        sentence = f"{version.ref} is {model}@{guarded} already."
        return Promotion("unchanged", model, guarded, version.version, version.version, sentence)
    if force:
        return _forced(project, name, version, guarded, why)
    prepared = prepare_gate(project, name, Ref(model, version=version.version))
    verdict = _valid_verdict(project, prepared) or evaluate_prepared(project, prepared)
    if not verdict.passed:
        hint = f"`benchbook gate {name} {version.ref}` shows each check; force=True with a reason overrides it."
        raise GateFailed(verdict.sentence, hint=hint, verdict=verdict)
    if prepared.config.approval is not None:
        return _requested(project, verdict, prepared.config.approval, version, why)
    fact = project.store.record("promote", NOUN, model, lambda ask: _move(ask, verdict, why))
    return _told(fact, verdict)


def approve(request: str, reason: str = "", *, project: Project | None = None) -> Promotion:
    """Approve a request; with the last approval that is needed the alias moves, in the same locked step.

    Raises:
        NotFound: there is no such request.
        NotAllowed: the actor is no approver of it.
        Conflict: it does not wait any more, or gate, data or policy are others than those it was asked under.
    """
    project = project or current_project()
    text = check_text("reason", reason) if reason else ""
    asked = get_approval(request, project=project)
    verdict = get_verdict(asked.verdict, project=project)
    if asked.state == "waiting":
        _check_still_asked(project, asked, verdict)

    def decide(ask: Ask) -> list[NewFact]:
        one, facts, enough = approval_facts(ask, asked.id, project.store.actor, text)
        move = _move(ask, verdict, one.reason, approval=one.id) if enough else None
        return facts + ([NewFact("promote", NOUN, one.model, move)] if move else [])

    recorded = project.store.record_facts(decide)
    now = get_approval(asked.id, project=project)
    moved = next((fact for fact in recorded if fact.action == "promote"), None)
    if moved is not None:
        return msgspec.structs.replace(_told(moved, verdict), request=now)
    return _waiting(verdict, now)


def rollback(model: str, alias: str = "champion", *, reason: str = "", project: Project | None = None) -> Promotion:
    """Point ``alias`` back at the version before, in one action that no gate holds up; again goes back further.

    Raises:
        NotFound: the model has no such alias.
        Conflict: there is no version before.
    """
    project = project or current_project()
    why = check_text("reason", reason) if reason else ""
    check_name("alias", alias)
    get_model(Ref(model, alias=alias), project=project)

    def decide(ask: Ask) -> dict[str, Any]:
        past = _past(ask, model, alias)
        if len(past) < 2:
            hint = f"{model}@{alias} has pointed at version {past[0]} only." if past else ""
            raise Conflict(f"There is no version before to roll {model}@{alias} back to.", hint=hint)
        return {"alias": alias, "version": past[-2], "previous": past[-1], "reason": why}

    fact = project.store.record("rollback", NOUN, model, decide)
    assert fact is not None
    version, previous = fact.data["version"], fact.data["previous"]
    sentence = f"{model}@{alias} is rolled back from version {previous} to version {version}."
    return Promotion("back", model, alias, version, previous, sentence, fact=fact.id)


def _ref(model: str, challenger: str | int | Ref) -> Ref:
    check_name(NOUN, model)
    if isinstance(challenger, int) and not isinstance(challenger, bool):
        return parse_ref(NOUN, f"{model}:{challenger}")
    if isinstance(challenger, str) and not set(challenger) & set(":@#"):
        is_number = challenger.isdecimal()
        return parse_ref(NOUN, f"{model}:{challenger}" if is_number else f"{model}@{challenger}")
    ref = parse_ref(NOUN, challenger)
    if ref.name not in ("", model):
        raise InvalidInput(f"{ref} is no version of {model!r}.", hint="Name the same model twice, or only the version.")
    return ref


def _valid_verdict(project: Project, prepared: PreparedGate) -> Verdict | None:
    """The newest verdict, if it passed and answers the very question that would be asked now."""
    found = project.store.read_with(lambda ask: verdicts_of(ask, prepared.name, prepared.version))
    newest = found[0] if found else None
    return newest if newest is not None and newest.passed and _same_question(newest, prepared) else None


def _same_question(verdict: Verdict, prepared: PreparedGate) -> bool:
    against = None if prepared.against is None else prepared.against.version
    digest = None if prepared.data is None else prepared.data.digest
    return (verdict.gate_digest, verdict.against, verdict.data_digest) == (prepared.digest, against, digest)


def _move(
    ask: Ask, verdict: Verdict, reason: str, *, approval: str | None = None, forced: bool = False
) -> dict[str, Any] | None:
    """The fact that moves the alias, or None where it is there already. Called under the project lock.

    Raises:
        Conflict: the alias points elsewhere than the verdict compared against.
    """
    aliases: dict[str, int] = dict(ask(queries.aliases(NOUN, verdict.model)))
    now = aliases.get(verdict.alias)
    if now == verdict.version:
        return None
    if now != verdict.against:
        was = f"version {verdict.against}" if verdict.against else "nothing"
        here = f"version {now}" if now else "nothing"
        what = f"{verdict.model}@{verdict.alias} points at {here} now; {verdict.ref} was judged against {was}."
        raise Conflict(what, hint="Promote again: the gate then compares with the present version.")
    return {
        "alias": verdict.alias,
        "version": verdict.version,
        "previous": now,
        "gate": verdict.gate,
        "verdict": verdict.id or None,
        "approval": approval,
        "forced": forced,
        "reason": reason,
    }


def _told(fact: Fact | None, verdict: Verdict) -> Promotion:
    name, place = f"{verdict.model}@{verdict.alias}", (verdict.model, verdict.alias, verdict.version)
    if fact is None:
        return Promotion("unchanged", *place, verdict.version, f"{verdict.ref} is {name} already.", verdict=verdict)
    previous, forced = fact.data["previous"], fact.data["forced"]
    before = f" in place of {verdict.model}:{previous}" if previous else ""
    how = f", forced: {fact.data['reason']}" if forced else ""
    sentence = f"{verdict.ref} is {name} now{before}{how}."
    return Promotion("promoted", *place, previous, sentence, forced, verdict, fact=fact.id)


def _forced(project: Project, gate: str, version: ModelVersion, alias: str, reason: str) -> Promotion:
    """Move the alias whatever the gate says; what it says is recorded first, where it can say anything."""
    try:
        prepared = prepare_gate(project, gate, Ref(version.name, version=version.version))
        verdict = _valid_verdict(project, prepared) or evaluate_prepared(project, prepared)
    except (InvalidInput, NotFound) as error:
        sentence = f"The gate could not be asked: {error.what}"
        against = project.store.read_with(lambda ask: dict(ask(queries.aliases(NOUN, version.name)))).get(alias)
        place = (gate, version.name, version.version, alias, against)
        verdict = Verdict(*place, None, None, "", passed=False, sentence=sentence, checks=[])
    fact = project.store.record("promote", NOUN, version.name, lambda ask: _move(ask, verdict, reason, forced=True))
    return _told(fact, verdict)


def _requested(
    project: Project, verdict: Verdict, policy: ApprovalConfig, version: ModelVersion, reason: str
) -> Promotion:
    """Record the request for approval, unless the same one waits already."""
    actor = project.store.actor
    left = may_approve(policy, version.actor, actor)
    if len(left) < policy.count:
        what = f"{len(left)} may approve {version.ref} when {actor!r} asks for it, and {policy.count} are needed."
        raise InvalidInput(what, hint=f"Let another ask, or add approvers to the gate {verdict.gate!r}.")

    def decide(ask: Ask) -> dict[str, Any] | None:
        data = _move(ask, verdict, reason)
        same = [one for one in all_requests(ask) if one.state == "waiting" and one.verdict == verdict.id]
        if data is None or same:
            return None
        asked = {"approvers": policy.approvers, "count": policy.count, "by_another": policy.by_another}
        kept = ("alias", "version", "previous", "gate", "verdict", "reason")
        return {**{key: data[key] for key in kept}, **asked}

    project.store.record("request", NOUN, version.name, decide)
    found = project.store.read_with(all_requests)
    return _waiting(verdict, next(one for one in found if one.verdict == verdict.id))


def _waiting(verdict: Verdict, request: ApprovalRequest) -> Promotion:
    waits = f"{len(request.approved_by)} of {request.needed} approvals; may approve: {', '.join(request.approvers)}"
    sentence = f"{verdict.ref} waits to become {verdict.model}@{verdict.alias}: {waits}."
    state: Literal["waiting", "unchanged"] = "waiting" if request.state == "waiting" else "unchanged"
    place = (verdict.model, verdict.alias, verdict.version, request.previous)
    return Promotion(state, *place, sentence, verdict=verdict, request=request)


def _check_still_asked(project: Project, asked: ApprovalRequest, verdict: Verdict) -> None:
    """Check that gate, data and policy are those under which approval was asked for."""
    config: Config = project.config()
    gate = config.gates.get(asked.gate)
    policy = gate.approval if gate is not None else None
    hint = f"Promote it anew: benchbook promote {asked.model} {asked.version}"
    if policy is None or policy.count != asked.needed or not set(asked.approvers) <= set(policy.approvers):
        raise Conflict(f"The approval that the gate {asked.gate!r} asks for has changed since.", hint=hint)
    prepared = prepare_gate(project, asked.gate, Ref(asked.model, version=asked.version))
    if not _same_question(verdict, prepared):
        what = f"The gate {asked.gate!r}, its data or {asked.model}@{asked.alias} has changed since the verdict."
        raise Conflict(what, hint=hint)


def _past(ask: Ask, model: str, alias: str) -> list[int]:
    """The versions the alias has pointed at, oldest first, without those it was rolled back from."""
    past: list[int] = []
    for changed, version, _time, _actor, kind, *_ in reversed(ask(queries.alias_history(NOUN, model))):
        if changed != alias:
            continue
        if kind == "rollback":
            past.pop()
        elif not past or past[-1] != version:
            past.append(int(version))
    return past

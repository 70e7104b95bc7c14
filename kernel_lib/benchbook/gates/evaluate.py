"""Judging a version by a gate: `check_gate` asks and changes nothing, `evaluate_gate` records the verdict for good."""

from __future__ import annotations

from benchbook.errors import BenchbookError
from benchbook.gates.checks import run_check
from benchbook.gates.judging import Judge
from benchbook.gates.plan import PreparedGate, may_approve, prepare_gate
from benchbook.governance.records import CheckResult, Verdict
from benchbook.governance.verdicts import get_verdict, verdict_data
from benchbook.project import Project, current_project
from benchbook.refs import Ref


def check_gate(name: str | None, ref: str | Ref, *, project: Project | None = None) -> Verdict:
    """What gate ``name`` (or the only one of the model) says of the version ``ref``. Records and stores nothing.

    Raises:
        InvalidInput: benchbook.yaml is wrong or the gate refers to nothing; with file, line and next step.
        NotFound: there is no such gate or version.
    """
    project = project or current_project()
    return judge_gate(project, prepare_gate(project, name, ref), keep=False)


def evaluate_gate(name: str | None, ref: str | Ref, *, project: Project | None = None) -> Verdict:
    """As `check_gate`, and the verdict is recorded for good, passed or not, with the evidence of its checks.

    All checks are run before anything is recorded, so there is a whole verdict or none.

    Raises:
        InvalidInput, NotFound: as `check_gate`; nothing was recorded.
        StoreBusy, StorageFull: nothing was recorded.
    """
    project = project or current_project()
    return evaluate_prepared(project, prepare_gate(project, name, ref))


def evaluate_prepared(project: Project, prepared: PreparedGate) -> Verdict:
    """Judge and record what was prepared; raises as `evaluate_gate`."""
    verdict = judge_gate(project, prepared, keep=True)
    fact = project.store.record("evaluate", "gate", prepared.name, lambda _ask: verdict_data(verdict))
    if fact is None:
        raise BenchbookError(f"The verdict of gate {prepared.name} was not recorded.")
    return get_verdict(fact.id, project=project)


def judge_gate(project: Project, prepared: PreparedGate, *, keep: bool) -> Verdict:
    """Run every check; ``keep`` stores their evidence."""
    judge = Judge(project, prepared)
    checks = [run_check(judge, check, keep=keep) for check in prepared.config.checks]
    passed = all(check.status == "passed" for check in checks)
    waiting = _approval(prepared)
    return Verdict(
        gate=prepared.name,
        model=prepared.version.name,
        version=prepared.version.version,
        alias=prepared.config.alias,
        against=None if prepared.against is None else prepared.against.version,
        data=None if prepared.data is None else prepared.data.ref,
        data_digest=None if prepared.data is None else prepared.data.digest,
        gate_digest=prepared.digest,
        passed=passed,
        sentence=_sentence(prepared, checks),
        checks=checks + ([waiting] if waiting else []),
    )


def _approval(prepared: PreparedGate) -> CheckResult | None:
    """The approval that a promotion will wait for, as a check that waits; it decides nothing about passing."""
    policy = prepared.config.approval
    if policy is None:
        return None
    left = may_approve(policy, prepared.version.actor)
    asked = f"approved by {policy.count} of {', '.join(left)}"
    return CheckResult("approval", "waiting", asked, "asked for when it is promoted")


def _sentence(prepared: PreparedGate, checks: list[CheckResult]) -> str:
    """The decision in one sentence."""
    ref, alias = prepared.version.ref, f"{prepared.config.model}@{prepared.config.alias}"
    bad = [check for check in checks if check.status != "passed"]
    if not bad:
        place = f" in place of {prepared.against.ref}" if prepared.against is not None else ""
        number = f"all {len(checks)} checks" if len(checks) > 1 else "the check"
        return f"{ref} passed {number} of {prepared.name}: it may become {alias}{place}."
    listed = "; ".join(f"{check.asked}: {check.seen}" for check in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{ref} did not pass {prepared.name}, {len(bad)} of {len(checks)} checks are against it: {listed}{more}."

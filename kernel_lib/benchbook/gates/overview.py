"""Every gate as it stands: what it asks, what it guards, and what it last said of each version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchbook.gates.words import asked
from benchbook.governance.records import Verdict
from benchbook.governance.verdicts import read_verdict
from benchbook.project import Project, current_project
from benchbook.project.config import FILE
from benchbook.project.gate_config import GateConfig
from benchbook.store.queries import gates as queries
from benchbook.store.queries import versions

if TYPE_CHECKING:
    from benchbook.store import Ask


class AskedCheck(msgspec.Struct, frozen=True):
    """What one check of a gate asks, in words, and why."""

    kind: str
    asked: str
    why: str


class VerdictHead(msgspec.Struct, frozen=True):
    """A verdict as lists show it, without its checks."""

    id: str
    gate: str
    model: str
    version: int
    alias: str
    against: int | None
    passed: bool
    sentence: str
    time: float
    actor: str


class GateInfo(msgspec.Struct, frozen=True):
    """A gate of `benchbook.yaml`. It guards ``model``@``alias``, which points at ``current`` now.

    ``needed`` approvals of ``approvers`` complete a promotion, 0 where nobody is asked; ``newest`` is the model's
    newest version; ``judged`` has the newest verdict of each version, the newest first.
    """

    name: str
    model: str
    alias: str
    data: str | None
    target: str | None
    checks: list[AskedCheck]
    approvers: list[str]
    needed: int
    by_another: bool
    current: int | None
    newest: int | None
    judged: list[VerdictHead]


def list_gates(*, project: Project | None = None) -> list[GateInfo]:
    """Every gate, in the order of `benchbook.yaml`; none where there is no such file.

    Raises:
        InvalidInput: benchbook.yaml is wrong; with line, key and expectation.
    """
    project = project or current_project()
    if not (project.root / FILE).is_file():
        return []
    gates = project.config().gates
    return project.store.read_with(lambda ask: [_info(ask, name, gate) for name, gate in gates.items()])


def verdict_head(verdict: Verdict) -> VerdictHead:
    """A verdict without its checks."""
    return VerdictHead(**{name: getattr(verdict, name) for name in VerdictHead.__struct_fields__})


def _info(ask: Ask, name: str, gate: GateConfig) -> GateInfo:
    known = [int(row[0]) for row in ask(versions.numbers("model", gate.model))]
    policy = gate.approval
    return GateInfo(
        name=name,
        model=gate.model,
        alias=gate.alias,
        data=gate.data,
        target=gate.target,
        checks=[AskedCheck(check.kind, asked(check), check.why) for check in gate.checks],
        approvers=[] if policy is None else policy.approvers,
        needed=0 if policy is None else policy.count,
        by_another=policy is not None and policy.by_another,
        current=dict(ask(versions.aliases("model", gate.model))).get(gate.alias),
        newest=max(known, default=None),
        judged=[verdict_head(read_verdict(row)) for row in ask(queries.newest_of_each(name, gate.model))],
    )

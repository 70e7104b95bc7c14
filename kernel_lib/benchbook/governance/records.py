"""What gates decide and people approve, as plain frozen records; they stand here because model cards show them."""

from __future__ import annotations

from typing import Literal

import msgspec

CheckStatus = Literal["passed", "failed", "waiting", "error"]
CheckKind = Literal["metric", "expectations", "fairness", "latency_ms", "size_mb", "notebook", "card", "approval"]


class Interval(msgspec.Struct, frozen=True):
    """A bootstrap interval; ``high`` None means one-sided. ``units`` were resampled ``draws`` times from ``seed``."""

    low: float
    high: float | None
    confidence: float
    draws: int
    units: int
    seed: int


class GroupValue(msgspec.Struct, frozen=True):
    """A fairness metric in one group of ``rows`` rows."""

    group: str
    rows: int
    value: float
    interval: Interval


class CheckResult(msgspec.Struct, frozen=True):
    """How one check of a gate came out: what was ``asked`` and what was ``seen``, in words that stand alone.

    "waiting" is an approval that people must give; "error" means that it could not be computed, and `seen` says why.
    """

    kind: CheckKind
    status: CheckStatus
    asked: str
    seen: str
    why: str = ""
    value: float | None = None
    """The number that was judged, in the unit of the check."""
    before: float | None = None
    """The same of the version compared with."""
    interval: Interval | None = None
    groups: list[GroupValue] = []
    details: list[str] = []
    """Rules, values and other lines that show it; a few."""
    evidence: list[str] = []
    """Content ids of what is kept to show it, such as an executed notebook."""


class Verdict(msgspec.Struct, frozen=True):
    """What a gate says of one version. ``id`` is that of its fact, empty where it was only asked for.

    ``against`` is the version the alias pointed at then; ``gate_digest`` is the content id of all that was asked.
    """

    gate: str
    model: str
    version: int
    alias: str
    against: int | None
    data: str | None
    data_digest: str | None
    gate_digest: str
    passed: bool
    sentence: str
    checks: list[CheckResult]
    time: float = 0.0
    actor: str = ""
    id: str = ""

    @property
    def ref(self) -> str:
        """The version judged."""
        return f"{self.model}:{self.version}"

    @property
    def evidence(self) -> list[str]:
        """Content ids of all that is kept to show it."""
        return [digest for check in self.checks for digest in check.evidence]

    def _repr_html_(self) -> str:
        from benchbook.governance.html import verdict_html

        return verdict_html(self)


class Decision(msgspec.Struct, frozen=True):
    """What one person said to a request."""

    actor: str
    approved: bool
    reason: str
    time: float


ApprovalState = Literal["waiting", "promoted", "rejected", "stale"]


class ApprovalRequest(msgspec.Struct, frozen=True):
    """A promotion that waits for people, or waited. "stale": the alias has moved since, or a later request came."""

    id: str
    gate: str
    model: str
    alias: str
    version: int
    previous: int | None
    verdict: str
    state: ApprovalState
    approvers: list[str]
    """Who may approve it: those of the policy, without those whom ``by_another`` leaves out."""
    needed: int
    reason: str
    actor: str
    time: float
    decisions: list[Decision]

    @property
    def approved_by(self) -> list[str]:
        """Who has approved it so far."""
        return [one.actor for one in self.decisions if one.approved]

    @property
    def sentence(self) -> str:
        """The request in plain words."""
        of = f"{len(self.approved_by)} of {self.needed} approvals"
        return f"{self.model}:{self.version} to become {self.alias}, asked by {self.actor}: {self.state}, {of}"

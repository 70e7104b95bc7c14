"""Gates: what a model version must pass before an alias moves to it, the verdicts, and promotion through them."""

from benchbook.gates.evaluate import check_gate, evaluate_gate
from benchbook.gates.overview import GateInfo, VerdictHead, list_gates, verdict_head
from benchbook.gates.promotion import Promotion, approve, promote, rollback
from benchbook.governance.approvals import list_approvals, reject
from benchbook.governance.records import ApprovalRequest, CheckResult, Verdict
from benchbook.governance.verdicts import get_verdict, list_verdicts

__all__ = [
    "ApprovalRequest",
    "CheckResult",
    "GateInfo",
    "Promotion",
    "Verdict",
    "VerdictHead",
    "approve",
    "check_gate",
    "evaluate_gate",
    "get_verdict",
    "list_approvals",
    "list_gates",
    "list_verdicts",
    "promote",
    "reject",
    "rollback",
    "verdict_head",
]

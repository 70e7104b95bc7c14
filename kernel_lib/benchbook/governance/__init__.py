"""Governance: what can be proven about the project's record (check-up, audit log), who approves, and model cards."""

from benchbook.governance.approvals import list_approvals, reject
from benchbook.governance.audit import export_audit, list_audit, verify_audit
from benchbook.governance.cards import ModelCard, model_card
from benchbook.governance.doctor import Finding, examine

__all__ = [
    "Finding",
    "ModelCard",
    "examine",
    "export_audit",
    "list_approvals",
    "list_audit",
    "model_card",
    "reject",
    "verify_audit",
]

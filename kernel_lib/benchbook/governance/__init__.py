"""Governance: what can be proven about the project's record. Here: the check-up behind `benchbook doctor`."""

from benchbook.governance.doctor import Finding, examine

__all__ = ["Finding", "examine"]

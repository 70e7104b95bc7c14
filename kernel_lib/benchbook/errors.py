"""Every error Benchbook raises on purpose, as one small tree.

BenchbookError
├── NotFound          asked for something the project does not hold            HTTP 404
├── InvalidInput      a value that cannot be accepted                           HTTP 400
├── Conflict          the request contradicts what is already true              HTTP 409
├── NotAllowed        refused by a rule (unsafe model, path outside project)    HTTP 403
├── StoreBusy         another process held the project's lock for too long      HTTP 503
├── StorageFull       the disk has no room left; what was there is kept         HTTP 507
├── StoreDamaged      the ledger's hash chain is broken or a file is unreadable HTTP 500
├── StepFailed        a pipeline step's notebook raised, died or was refused    HTTP 409
└── GateFailed        a version did not pass the gate that guards an alias      HTTP 409

Each message says what was wrong, with which value and where; `hint` says the next step. The faces
(command line, server, notebook) translate these and nothing else, so below them no code catches broadly.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class BenchbookError(Exception):
    """Root of the tree: ``what`` happened, and a ``hint`` at the next step."""

    status = 500

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.hint}" if self.hint else self.what


class NotFound(BenchbookError):
    """Nothing of that name exists; ``near`` lists names that look like it."""

    status = 404

    def __init__(self, noun: str, name: str, *, known: Iterable[str] = (), hint: str = "") -> None:
        names = sorted(set(known))
        self.noun = noun
        self.name = name
        self.near = get_close_matches(name, names, n=3, cutoff=0.5) or names[:5]
        listed = ", ".join(self.near)
        super().__init__(
            f"There is no {noun} {name!r} in this project.",
            hint=hint or (f"Did you mean: {listed}?" if listed else f"No {noun} has been made here yet."),
        )


class InvalidInput(BenchbookError):
    """A value from outside is wrong: its text names the value, the place and the rule."""

    status = 400


class Conflict(BenchbookError):
    """The request contradicts something that is already recorded."""

    status = 409


class NotAllowed(BenchbookError):
    """A safety rule refuses: nothing was read, written or executed."""

    status = 403


class StoreBusy(BenchbookError):
    """The project's lock was not granted in time; ``holder`` names who has it."""

    status = 503

    def __init__(self, what: str, *, hint: str = "", holder: str = "", retry_after: float = 1.0) -> None:
        super().__init__(what, hint=hint)
        self.holder = holder
        self.retry_after = retry_after


class StorageFull(BenchbookError):
    """No space is left on the disk; nothing half-written stays behind."""

    status = 507


class StoreDamaged(BenchbookError):
    """The ledger or another file that cannot be rebuilt is broken."""

    status = 500


class StepFailed(BenchbookError):
    """A pipeline step did not reach its end.

    Attributes: ``step``, ``notebook`` (path), ``cell`` (1-based number of the code cell in the notebook, or
    None when no cell is to blame), ``ename``, ``evalue`` and ``traceback`` (plain text).
    """

    status = 409

    def __init__(
        self,
        what: str,
        *,
        hint: str = "",
        step: str = "",
        notebook: str = "",
        cell: int | None = None,
        ename: str = "",
        evalue: str = "",
        traceback: str = "",
    ) -> None:
        super().__init__(what, hint=hint)
        self.step = step
        self.notebook = notebook
        self.cell = cell
        self.ename = ename
        self.evalue = evalue
        self.traceback = traceback


class GateFailed(BenchbookError):
    """A version did not pass its gate, so no alias moved; ``verdict`` is the record that says why."""

    status = 409

    def __init__(self, what: str, *, hint: str = "", verdict: Any = None) -> None:
        super().__init__(what, hint=hint)
        self.verdict = verdict

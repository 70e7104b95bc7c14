"""What a fire drill tells, as plain frozen records: they are printed, recorded in the ledger, and read again."""

from __future__ import annotations

from typing import Literal

import msgspec

Grade = Literal["A", "B", "C", "F", "-"]
"""A: rang at once and named the column. B: rang late, or by its effect alone. C: both. F: nothing rang. -: no try."""
CONTROL = "control"
HELPED = 0.1
"""Part of the loss that has to come back for a retraining to have helped."""


class Settings(msgspec.Struct, frozen=True):
    """How a drill is held: ``clean`` chunks, then ``faulty`` ones, or as many as there are.

    Faults strike ``column``, or the input on which predictions hang most. Without ``retrain`` a fault ends once an
    alarm rang. ``seed`` draws the rows. ``keep`` leaves the sandbox where it is.
    """

    column: str | None = None
    clean: int = 2
    faulty: int = 4
    retrain: bool = True
    seed: int = 0
    keep: bool = False


class Rung(msgspec.Struct, frozen=True):
    """One alarm: in which chunk, ``late`` chunks after the fault began (0: at once, below: before it), and of what."""

    chunk: str
    late: int
    kind: str
    column: str
    message: str


class Seen(msgspec.Struct, frozen=True):
    """One chunk of a trial: who served, how good it truly was, and how good the same rows are without the fault.

    ``truth`` comes from all labels, those that the monitor was not shown yet included.
    """

    chunk: str
    model: str
    truth: float | None
    undisturbed: float | None
    rows: int
    refused: int = 0
    """Rows that the model could not predict."""


class Retrained(msgspec.Struct, frozen=True):
    """A retraining during a trial, and what the gate decided."""

    chunk: str
    outcome: str
    version: int | None
    reason: str


class Recovery(msgspec.Struct, frozen=True):
    """The metric without the fault and with it where it was worst, and with it once retrained.

    ``share`` of the loss came back, beside the same chunk without a fault; None where the fault cost little, and what
    was promoted because of it more.
    """

    before: float
    during: float
    after: float | None
    share: float | None


class Trial(msgspec.Struct, frozen=True):
    """One fault, and what became of it."""

    fault: str
    what: str
    """What was done to the data, with columns and amounts."""
    columns: list[str]
    grade: Grade
    sentence: str
    """What rang and when; or what to change so that it does."""
    late: int | None = None
    """Chunks from the fault's begin to the alarm that was hoped for; None if it did not ring."""
    rung: list[Rung] = []
    """Alarms that would not have rung without the fault."""
    false_alarms: int = 0
    """Chunks before the fault (in the control: any chunk) in which something rang."""
    chunks: list[Seen] = []
    retrained: list[Retrained] = []
    recovery: Recovery | None = None
    notes: list[str] = []

    @property
    def mended(self) -> str:
        """Whether retraining helped, in a word or two; empty where nothing was retrained and nothing was lost."""
        if self.recovery is not None and self.recovery.after is not None:
            share = self.recovery.share
            if share is None or share < -HELPED:
                return "made it worse"
            return f"recovered {min(1.0, share):.0%}" if share >= HELPED else "did not help"
        if any(one.outcome == "promoted" for one in self.retrained):
            return "promoted" if self.recovery is None else "promoted last"
        return self.retrained[-1].outcome if self.retrained else "none" if self.recovery is not None else ""


class Drill(msgspec.Struct, frozen=True):
    """A whole fire drill. ``time`` is seconds since the epoch at its begin, ``seconds`` how long it took."""

    monitor: str
    model: str
    data: str
    metric: str
    settings: Settings
    clean: list[str]
    """Chunks before the fault."""
    faulty: list[str]
    trials: list[Trial]
    time: float
    seconds: float
    notes: list[str] = []
    sandbox: str = ""
    """Where the sandbox was kept; empty when it was removed."""

    @property
    def passed(self) -> bool:
        """Whether every fault that could be tried was told, and nothing rang without one."""
        return not any(trial.grade == "F" for trial in self.trials)

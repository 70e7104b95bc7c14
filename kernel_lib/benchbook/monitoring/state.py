"""What a monitor has seen and done, folded from its facts: observations, alerts, and retrainings begun and ended.

Every step of the loop is one fact in the ledger, so a process killed between two of them leaves a state from which
the next one goes on: nothing is done twice and no alert is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchbook.monitoring.chunks import Chunk
from benchbook.project.monitor_config import AlertKind
from benchbook.store.queries import monitors as queries

if TYPE_CHECKING:
    from benchbook.project import Project
    from benchbook.store import Ask

NOUN = "monitor"
PREDICTION = "prediction"
"""What the model's own output is called among the columns."""
Outcome = Literal["promoted", "held", "waiting", "failed"]
LoopMode = Literal["off", "ask", "on"]
"""What happens by itself while JupyterLab is open: nothing; looking and alerting; retraining and promoting too."""


class Alert(msgspec.Struct, frozen=True):
    """Something a person should know of one chunk. ``id`` names monitor, chunk, kind and column."""

    id: str
    kind: AlertKind
    message: str
    column: str = ""
    value: float | None = None
    limit: float | None = None


class Observation(msgspec.Struct, frozen=True):
    """What a monitor saw in one chunk. ``report`` is the digest of the stored `DriftReport`."""

    chunk: Chunk
    model: str
    """Ref of the version that served."""
    reference: str
    report: str
    drift: dict[str, float]
    """Jensen-Shannon distance to the reference, by column; `prediction` is the model's own output."""
    metric: str
    performance: tuple[float, float, float] | None
    """Value and 95 % interval from labels; None while there are none."""
    estimate: tuple[float, float, float] | None
    """The same, estimated without labels."""
    baseline: float | None
    """What the metric is held against."""
    multivariate: tuple[float, float, float] | None
    """AUC with 95 % interval of a classifier that tells the chunk from the reference; 0.5 is not at all."""
    alerts: list[Alert]
    notes: list[str] = []
    """Why something was not computed, in sentences."""
    details: str = ""
    """Digest of the stored `LookDetails`; empty where none were kept."""


class Observed(msgspec.Struct, frozen=True):
    """An observation with the fact that recorded it."""

    fact: str
    time: float
    seen: Observation


class Retraining(msgspec.Struct, frozen=True):
    """A retraining: why it was started, its run, and what the gate decided; later fields are None until then."""

    fact: str
    time: float
    chunk: str
    pipeline: str
    params: dict[str, Any]
    alerts: list[str]
    run: str | None = None
    status: Literal["finished", "failed"] | None = None
    outcome: Outcome | None = None
    version: int | None = None
    reason: str = ""


class MonitorState(msgspec.Struct, frozen=True):
    """All of a monitor's history, oldest first."""

    name: str
    observations: list[Observed]
    retrainings: list[Retraining]
    closed: dict[str, str]
    """Alerts that were answered, and by what."""
    loop: LoopMode = "off"

    @property
    def latest(self) -> list[Observation]:
        """The newest observation of each chunk: labels that came later replace what was only estimated."""
        return list({one.seen.chunk.id: one.seen for one in self.observations}.values())

    @property
    def open_alerts(self) -> list[Alert]:
        """Alerts nobody and nothing has answered, newest last."""
        return [alert for seen in self.latest for alert in seen.alerts if alert.id not in self.closed]

    def observed(self, chunk: str) -> Observation | None:
        """The newest observation of a chunk."""
        return next((seen for seen in self.latest if seen.chunk.id == chunk), None)


def monitor_state(project: Project, name: str) -> MonitorState:
    """The state of a monitor as it is now."""
    return state_of(name, project.store.read(queries.history(name)))


def state_from(ask: Ask, name: str) -> MonitorState:
    """The same, asked inside a decision under the project lock."""
    return state_of(name, ask(queries.history(name)))


def state_of(name: str, rows: Iterable[tuple[Any, ...]]) -> MonitorState:
    """Fold the facts of a monitor."""
    seen: list[Observed] = []
    begun: dict[str, Retraining] = {}
    closed: dict[str, str] = {}
    loop: LoopMode = "off"
    for fact, _, time, actor, action, text in rows:
        if action == "observe":
            seen.append(Observed(fact, time, msgspec.json.decode(text, type=Observation)))
            continue
        data = msgspec.json.decode(text)
        if action == "start":
            begun[fact] = Retraining(fact, time, data["chunk"], data["pipeline"], data["params"], data["alerts"])
        elif action in ("end", "decide"):
            known = {key: value for key, value in data.items() if key in Retraining.__struct_fields__}
            begun[data["start"]] = msgspec.structs.replace(begun[data["start"]], **known)
            if data.get("outcome") in ("promoted", "held"):
                closed |= dict.fromkeys(begun[data["start"]].alerts, data["outcome"])
        elif action == "close":
            closed |= dict.fromkeys(data["alerts"], f"closed by {actor}: {data['reason']}")
        elif action == "switch":
            loop = data["loop"]
    return MonitorState(name, seen, list(begun.values()), closed, loop)

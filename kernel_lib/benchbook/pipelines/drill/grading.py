"""Grades: which alarm rang because of the fault, how late, what it did to the model, and whether retraining mended it.

An alarm counts only if it would not have rung without the fault: each chunk is held beside the same chunk of the
course without one, so what moves by nature (a season, say) is no merit of the monitor.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchbook.monitoring.state import Alert, Observation, Retraining
from benchbook.pipelines.drill.catalogue import Broken, Fault
from benchbook.pipelines.drill.course import Course, Look, alerts_by_place
from benchbook.pipelines.drill.records import CONTROL, Grade, Recovery, Retrained, Rung, Seen, Trial
from benchbook.project.monitor_config import MonitorConfig, higher_is_better

Key = tuple[int, str]
"""Number of the chunk, and what the alert is about."""
_HURT = 0.5
"""A loss of this part of `max_drop` is worth a word."""


@dataclass(frozen=True)
class Played:
    """A course that has been played, by the number of its first faulty chunk."""

    course: Course
    looks: list[Look]
    first: int

    def alerts(self) -> dict[Key, tuple[Look, Alert]]:
        """The alerts by chunk and subject, each as it first rang."""
        found: dict[Key, tuple[Look, Alert]] = {}
        for look in self.looks:
            for place, _, alert in alerts_by_place(self.course, look):
                found.setdefault((place, about(alert)), (look, alert))
        return found

    def seen(self, place: int) -> Look | None:
        """The look taken when chunk number ``place`` had ended."""
        return next((look for look in self.looks if look.place == place), None)


def about(alert: Alert) -> str:
    """What an alert is about, whatever the monitor and the chunk are called: its kind, column and statistic."""
    return alert.id.split("/", 2)[2]


def grade_control(played: Played, monitor: MonitorConfig) -> Trial:
    """The course without a fault: whatever rings is a false alarm, or traffic that has moved by itself."""
    alerts = played.alerts()
    rung = [Rung(look.chunk, look.place - played.first, a.kind, a.column, a.message) for look, a in alerts.values()]
    ringing = {place for place, _ in alerts}
    share = len(ringing) / max(1, len(played.looks))
    grade: Grade = "A" if not ringing else "F" if share == 1 else "B" if len(ringing) == 1 else "C"
    sentence = "Nothing rang."
    if ringing:
        subjects = sorted({alert.column or monitor.metric for _, alert in alerts.values()})
        told = ", ".join(subjects[:4]) + (f" and {len(subjects) - 4} more" if len(subjects) > 4 else "")
        sentence = (
            f"{len(ringing)} of {len(played.looks)} chunks rang without a fault ({told}): if things "
            f"are like that now, renew `reference:`, or retrain."
        )
    return Trial(
        CONTROL,
        "recent traffic as it is",
        [],
        grade,
        sentence,
        rung=rung,
        false_alarms=len(ringing),
        chunks=_chunks(played, None),
        notes=_notes(played),
    )


def grade_trial(fault: Fault, broken: Broken, played: Played, control: Played, monitor: MonitorConfig) -> Trial:
    """Grade one fault beside the course without one."""
    rung, masked = _because(played, control, monitor)
    wanted = [one for one in rung if _is_hoped(fault, broken, one)]
    if fault.hoped == ("labels",):
        wanted = _late_labels(played, control)
    grade = _grade(fault, wanted, rung)
    first = min(wanted, key=lambda one: one.late, default=None)
    other = min(rung, key=lambda one: one.late, default=None)
    chunks = _chunks(played, control)
    return Trial(
        fault.name,
        broken.what,
        broken.columns,
        grade,
        _said(first, other) or _advice(fault, broken, played, masked, monitor),
        late=first.late if first else None,
        false_alarms=len({place for place, _ in control.alerts() if place < played.first}),
        rung=wanted + [one for one in rung if one not in wanted],
        chunks=chunks,
        retrained=[_retrained(one) for look in played.looks for one in look.retrained],
        recovery=recovery_of(chunks, monitor),
        notes=_notes(played),
    )


def is_found(fault: Fault, broken: Broken, played: Played, control: Played, monitor: MonitorConfig) -> bool:
    """Whether the alarm that was hoped for has rung."""
    if fault.hoped == ("labels",):
        return bool(_late_labels(played, control))
    return any(_is_hoped(fault, broken, one) for one in _because(played, control, monitor)[0])


def is_felt(played: Played, control: Played, monitor: MonitorConfig) -> bool:
    """Whether anything at all has rung because of the fault."""
    return bool(_because(played, control, monitor)[0])


def _is_hoped(fault: Fault, broken: Broken, rung: Rung) -> bool:
    return rung.kind in fault.hoped and (rung.column in broken.columns or not broken.inputs)


def _because(played: Played, control: Played, monitor: MonitorConfig) -> tuple[list[Rung], list[Alert]]:
    """Alarms about faulty chunks that the course without a fault does not have; and those that it has too."""
    undisturbed = control.alerts()
    rung, masked = [], []
    for (place, subject), (look, alert) in played.alerts().items():
        if place < played.first:
            continue
        same = undisturbed.get((place, subject))
        if same is not None and not _is_worse(alert, same[1], monitor):
            masked.append(alert)
            continue
        rung.append(Rung(look.chunk, look.place - played.first, alert.kind, alert.column, alert.message))
    rung += [
        Rung(look.chunk, look.place - played.first, "error", "", error)
        for look in played.looks
        for error in look.errors
        if look.place >= played.first
    ]
    return rung, masked


def _is_worse(alert: Alert, undisturbed: Alert, monitor: MonitorConfig) -> bool:
    """Whether the metric, low anyway, is lower by `max_drop` again; a column that rings anyway cannot ring anew."""
    if alert.kind not in ("performance", "estimate") or alert.value is None or undisturbed.value is None:
        return False
    return abs(alert.value - undisturbed.value) >= monitor.max_drop


def _late_labels(played: Played, control: Played) -> list[Rung]:
    """Chunks of which the monitor could tell no performance when it otherwise could, and what it told instead."""
    found = []
    for look in played.looks:
        judged = {
            place
            for one in control.looks
            if one.place <= look.place
            for seen in one.observations
            if seen.performance is not None and (place := control.course.places.get(seen.chunk.id)) is not None
        }
        found += [
            Rung(look.chunk, look.place - played.first, "labels", "", _without_labels(seen))
            for seen in look.observations
            if played.course.places.get(seen.chunk.id) in judged and seen.performance is None
        ]
    return found


def _without_labels(seen: Observation) -> str:
    why = next((note for note in seen.notes if "label" in note), "No performance was told.")
    known = f" Estimated {seen.metric}: {seen.estimate[0]:.3f}." if seen.estimate is not None else ""
    return f"{seen.chunk.id}: {why}{known}"


def _grade(fault: Fault, wanted: list[Rung], rung: list[Rung]) -> Grade:
    if wanted:
        return "A" if min(one.late for one in wanted) <= fault.patience else "B"
    if rung:
        return "B" if min(one.late for one in rung) <= fault.patience else "C"
    return "F"


def _said(first: Rung | None, other: Rung | None) -> str:
    """What rang, in a sentence; empty if nothing did."""
    rung = first or other
    if rung is None:
        return ""
    when = "at once" if rung.late == 0 else f"{rung.late} chunk{'s' * (rung.late > 1)} late"
    if first is None:
        told = f"Seen by its effect only ({rung.kind}), {when}"
    else:
        told = f"Noted {when}" if rung.kind == "labels" else f"{rung.kind} rang {when}"
    return f"{told}: {rung.message}"


def _advice(fault: Fault, broken: Broken, played: Played, masked: list[Alert], monitor: MonitorConfig) -> str:
    """Why nothing rang, and what to change so that it does."""
    name = " and ".join(broken.columns)
    if any(alert.column in broken.columns or not broken.inputs for alert in masked):
        return f"Alarms of {name if broken.inputs else monitor.metric} ring without the fault too: renew `reference:`."
    if fault.hoped == ("labels",):
        return "Every chunk in the drill had its labels in time all the same; drill with more chunks (--chunks)."
    if fault.hoped == ("performance",):
        return _unseen_drop(played, monitor)
    if monitor.columns and not set(broken.columns) & set(monitor.columns):
        return f"No rule watches {name}: add it to `columns:` of the monitor."
    seen = [one for look in played.looks if look.place >= played.first for one in look.observations]
    apart = max((one.drift.get(column, 0.0) for one in seen for column in broken.columns), default=0.0)
    if len(broken.columns) == 2:
        told = max((one.multivariate[0] for one in seen if one.multivariate is not None), default=0.5)
        return (
            f"{name} are spread so alike (distance {apart:.2f}) that no rule of one column sees them swapped; a "
            f"classifier of all columns tells the chunk apart with AUC {told:.2f}. Add an expectation that binds both."
        )
    return (
        f"{name} moved by {apart:.2f} only, below its alarm. Add an expectation of its range to the data, "
        "or cut larger chunks, which tell smaller shifts."
    )


def _unseen_drop(played: Played, monitor: MonitorConfig) -> str:
    told = [
        f"{one.performance[0]:.3f}" for look in played.looks for one in look.observations if one.performance is not None
    ]
    if not told:
        wait = f" (label_delay is {monitor.label_delay})" if monitor.label_delay != "0d" else ""
        return f"No labels came during the drill{wait}; drill with more chunks (--chunks)."
    return f"{monitor.metric} was {', '.join(told)}: never worse by max_drop {monitor.max_drop}. Lower `max_drop:`."


def _chunks(played: Played, control: Played | None) -> list[Seen]:
    found = []
    for look in played.looks:
        same = control.seen(look.place) if control is not None else look
        found.append(Seen(look.chunk, look.model, look.truth, same.truth if same else None, look.rows, look.refused))
    return found


def _retrained(one: Retraining) -> Retrained:
    return Retrained(one.chunk, one.outcome or "under way", one.version, one.reason)


def recovery_of(chunks: list[Seen], monitor: MonitorConfig) -> Recovery | None:
    """What the metric lost in the faulty ``chunks``, and what came back once another version served.

    None where neither the fault nor what was promoted because of it cost half of `max_drop`.
    """
    sign, worth = (1 if higher_is_better(monitor.metric) else -1), _HURT * monitor.max_drop
    told = [(seen.model, seen.truth, seen.undisturbed) for seen in chunks]
    pairs = [(model, truth, clean) for model, truth, clean in told if truth is not None and clean is not None]
    if not pairs:
        return None
    old = [(truth, clean) for model, truth, clean in pairs if model == pairs[0][0]]
    new = [(truth, clean) for model, truth, clean in pairs if model != pairs[0][0]]
    during, before = max(old, key=lambda pair: sign * (pair[1] - pair[0]))
    lost = sign * (before - during)
    if not new:
        return Recovery(before, during, None, None) if lost >= worth else None
    after, clean = new[-1]
    lost_after = sign * (clean - after)
    if lost >= worth:
        return Recovery(before, during, after, 1 - lost_after / lost)
    return Recovery(before, during, after, None) if lost_after >= worth else None


def _notes(played: Played) -> list[str]:
    refused = sum(look.refused for look in played.looks)
    notes = []
    if refused:
        rows = sum(look.rows for look in played.looks)
        notes.append(f"The model could not predict {refused:,} of {rows:,} rows: such requests would be refused.")
    if any(look.replaced for look in played.looks):
        notes.append(
            "The retraining pipeline made the watched dataset anew from its source, so it learned from rows without "
            "the fault: what it recovered says little."
        )
    return notes

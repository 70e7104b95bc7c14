"""Which of the things seen in a chunk are alerts, each said in one sentence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from benchbook.errors import NotFound
from benchbook.monitoring.records import Alarm
from benchbook.monitoring.state import NOUN, PREDICTION, Alert, state_from
from benchbook.monitoring.thresholds import FLOORS
from benchbook.monitoring.watched import Interval, Watched
from benchbook.project.monitor_config import AlertKind, MonitorConfig, higher_is_better
from benchbook.refs import check_text

if TYPE_CHECKING:
    from benchbook.project import Project
    from benchbook.store import Ask


_DRIFT = ("js", "new_categories", "out_of_range")
"""Statistics that speak of other values; the rest speak of broken ones."""


def alerts_of(name: str, chunk: str, monitor: MonitorConfig, rung: Sequence[Alarm], watched: Watched) -> list[Alert]:
    """The alerts of one chunk; their ids follow from monitor, chunk, kind and column."""
    found = []
    for alarm in rung:
        kind: AlertKind = "drift" if alarm.statistic in _DRIFT else "quality"
        about = f"{alarm.column}/{alarm.statistic}"
        found.append(_alert(name, chunk, kind, alarm.message, alarm.column, alarm.value, alarm.threshold, about))
    if watched.drift is not None and watched.drift > FLOORS["js"]:
        message = f"The predictions are spread otherwise than on the reference: distance {watched.drift:.3f}."
        found.append(_alert(name, chunk, "drift", message, PREDICTION, watched.drift, FLOORS["js"], PREDICTION))
    for kind, value in (("performance", watched.performance), ("estimate", watched.estimate)):
        if kind == "estimate" and watched.performance is not None:
            continue  # what labels show counts
        if value is not None and watched.baseline is not None and dropped(monitor, value, watched.baseline):
            found.append(_drop(name, chunk, monitor, kind, value, watched.baseline))
    return found


def close_alerts(project: Project, name: str, reason: str, *, only: Collection[str] | None = None) -> list[str]:
    """Answer every open alert of a monitor (or those of the ids ``only``) for good, in the name of the project's user;
    returns the ids of those that were open.

    Raises:
        InvalidInput: the reason is empty.
        NotFound: one of ``only`` never rang; lists near ids.
    """
    why = check_text("reason", reason)
    closed: list[str] = []

    def decide(ask: Ask) -> dict[str, Any] | None:
        state = state_from(ask, name)
        rung = {alert.id for seen in state.latest for alert in seen.alerts}
        unknown = next((one for one in only or () if one not in rung), None)
        if unknown is not None:
            raise NotFound("alert", unknown, known=rung)
        closed[:] = [alert.id for alert in state.open_alerts if only is None or alert.id in only]
        return {"alerts": list(closed), "reason": why} if closed else None

    project.store.record("close", NOUN, name, decide)
    return closed


def dropped(monitor: MonitorConfig, value: Interval, baseline: float) -> bool:
    """Whether the metric is worse than the baseline by more than `max_drop`, and not by chance alone."""
    middle, low, high = value
    if higher_is_better(monitor.metric):
        return baseline - middle > monitor.max_drop and high < baseline
    return middle - baseline > monitor.max_drop and low > baseline


def _drop(name: str, chunk: str, monitor: MonitorConfig, kind: AlertKind, value: Interval, baseline: float) -> Alert:
    middle, low, high = value
    word = "is" if kind == "performance" else "is estimated at"
    message = (
        f"{monitor.metric} {word} {middle:.3f} ({low:.3f} to {high:.3f}) in {chunk}, "
        f"{abs(baseline - middle):.3f} worse than {baseline:.3f}."
    )
    sign = -1 if higher_is_better(monitor.metric) else 1
    return _alert(name, chunk, kind, message, "", middle, baseline + sign * monitor.max_drop, monitor.metric)


def _alert(
    name: str,
    chunk: str,
    kind: AlertKind,
    message: str,
    column: str,
    value: float | None,
    limit: float | None,
    about: str,
) -> Alert:
    return Alert(f"{name}/{chunk}/{kind}/{about}", kind, message, column, value, limit)

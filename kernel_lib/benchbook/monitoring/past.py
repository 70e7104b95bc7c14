"""What a monitor's own estimates were worth: each held against what labels showed of the same chunk later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbook.monitoring.estimate import ESTIMATED, grade
from benchbook.monitoring.records import Estimate, EstimatedMetric, Metric, Performance
from benchbook.monitoring.views import PastAccuracy, Triple

if TYPE_CHECKING:
    from benchbook.monitoring.state import MonitorState, Observation
    from benchbook.project.monitor_config import MonitorConfig


def past_accuracy(state: MonitorState, monitor: MonitorConfig) -> PastAccuracy | None:
    """Grade the estimates of chunks whose labels have come; None while there are none.

    A chunk's first estimate counts, if the version that was estimated then is the one that was judged. "Near" is what
    the monitor itself calls small: `max_drop`.
    """
    pairs = [pair for seen in state.latest if (pair := _pair(state, seen)) is not None]
    if not pairs or monitor.metric not in ESTIMATED:
        return None
    metric = monitor.metric
    estimates = [Estimate(1, 0, [EstimatedMetric(metric, *said, None)]) for said, _ in pairs]
    truths = [Performance("binary", 1, 0, 0, [Metric(metric, *true, 1)]) for _, true in pairs]
    graded = next(one for one in grade(estimates, truths) if one.name == metric)
    assert graded.error is not None
    assert graded.bias is not None
    assert graded.inside is not None
    within = sum(abs(said[0] - true[0]) <= monitor.max_drop for said, true in pairs)
    return PastAccuracy(
        chunks=graded.chunks,
        within=within,
        tolerance=float(monitor.max_drop),
        error=graded.error,
        bias=graded.bias,
        inside=graded.inside,
    )


def _pair(state: MonitorState, final: Observation) -> tuple[Triple, Triple] | None:
    """The first estimate and the truth of a chunk."""
    if final.performance is None:
        return None
    same = [
        one.seen for one in state.observations if (one.seen.chunk.id, one.seen.model) == (final.chunk.id, final.model)
    ]
    said = next((seen.estimate for seen in same if seen.estimate is not None), None)
    return None if said is None else (said, final.performance)


def sentence(past: PastAccuracy) -> str:
    """The grade in one sentence."""
    way = "too high" if past.bias > 0 else "too low"
    return (
        f"Estimates were within ±{past.tolerance:g} of the truth in {past.within} of {past.chunks} chunks; "
        f"{past.error:.3f} off on average, {abs(past.bias):.3f} {way}."
    )

"""From a monitor's state to what people are shown of it: list, timeline, one column of one chunk, and its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from benchbook.data import get_dataset
from benchbook.data.rows import read_rows
from benchbook.data.versions import table_of
from benchbook.errors import BenchbookError, NotFound, StoreDamaged
from benchbook.models import get_model
from benchbook.monitoring.chunks import chunk_condition, column_place
from benchbook.monitoring.observing import reference_for
from benchbook.monitoring.past import past_accuracy
from benchbook.monitoring.records import ColumnDrift, DriftReport, LookDetails
from benchbook.monitoring.state import PREDICTION, MonitorState, Observation, Retraining, monitor_state
from benchbook.monitoring.switch import described
from benchbook.monitoring.views import (
    AliasMark,
    ChunkPoint,
    ColumnView,
    DriftRow,
    GateWord,
    MonitorPage,
    MonitorSummary,
    RungAlert,
)
from benchbook.objects import objects_of
from benchbook.project.monitor_config import higher_is_better
from benchbook.store.queries import monitors as queries
from benchbook.store.queries.versions import alias_history

if TYPE_CHECKING:
    from benchbook.data.records import RowPage
    from benchbook.project import Project
    from benchbook.project.monitor_config import MonitorConfig
    from benchbook.store import Ask

T = TypeVar("T")
SHOWN_ALERTS = 200
SHOWN_RETRAININGS = 100
_IN_LISTS = 20


def find_monitor(project: Project, name: str) -> MonitorConfig:
    """What `benchbook.yaml` says of a monitor.

    Raises:
        NotFound: it describes none of that name; lists near names.
        InvalidInput: it cannot be read.
    """
    monitors = described(project)
    if name not in monitors:
        raise NotFound("monitor", name, known=monitors)
    return monitors[name]


def list_monitors(project: Project) -> list[MonitorSummary]:
    """Every monitor of `benchbook.yaml`, in its order.

    Raises:
        InvalidInput: the file cannot be read.
    """
    return [_summary(project, name, monitor) for name, monitor in described(project).items()]


def monitor_page(
    project: Project, name: str, *, chunks: int = 60, until: int | None = None, columns: int = 40
) -> MonitorPage:
    """The timeline of a monitor: at most ``chunks`` chunks before number ``until`` (the newest if not given), and the
    ``columns`` that moved most in them.

    Raises:
        NotFound, InvalidInput: as `find_monitor`.
    """
    monitor = find_monitor(project, name)
    state = monitor_state(project, name)
    points = _points(state)
    end = len(points) if until is None else min(until, len(points))
    first = max(0, end - chunks)
    shown = state.latest[first:end]
    rows = _drift_rows(shown)
    alerts = sorted(_alerts(state), key=lambda alert: (alert.answer != "", -alert.time))
    retrain = monitor.retrain
    retrainings = state.retrainings[: -SHOWN_RETRAININGS - 1 : -1]
    reference, trouble = _compared_with(project, monitor)
    return MonitorPage(
        name=name,
        model=monitor.model,
        alias=monitor.alias,
        metric=monitor.metric,
        higher_is_better=higher_is_better(monitor.metric),
        data=monitor.data,
        reference=reference,
        target=monitor.target,
        max_drop=float(monitor.max_drop),
        loop=state.loop,
        pipeline=retrain.pipeline if retrain else "",
        gate=retrain.gate if retrain else "",
        asks=retrain.ask if retrain else False,
        first=first,
        total_chunks=len(points),
        chunks=points[first:end],
        total_columns=len(rows),
        drift=rows[:columns],
        total_alerts=len(alerts),
        open_count=sum(not alert.answer for alert in alerts),
        alerts=alerts[:SHOWN_ALERTS],
        total_retrainings=len(state.retrainings),
        retrainings=retrainings,
        verdicts=_verdicts(project, monitor, retrainings),
        promotions=_marks(project, monitor, points),
        past=past_accuracy(state, monitor),
        trouble=trouble,
    )


def column_view(project: Project, name: str, chunk: str, column: str) -> ColumnView:
    """One column of one chunk, from the stored report.

    Raises:
        NotFound: there is no such monitor, chunk or column (lists near names), or its report is gone.
    """
    find_monitor(project, name)
    state = monitor_state(project, name)
    seen = _observed(state, chunk)
    report = _stored(project, seen, seen.report, DriftReport)
    details = _stored(project, seen, seen.details, LookDetails) if seen.details else None
    found = _column(report, details, column)
    limits = details.thresholds if details else []
    return ColumnView(
        chunk=chunk,
        reference=seen.reference,
        column=found,
        thresholds=[limit for limit in limits if limit.column == column],
        alerts=[alert for alert in _alerts(state) if (alert.chunk, alert.column) == (chunk, column)],
        kept=details is not None,
        bound=report.bound,
    )


def chunk_rows(project: Project, name: str, chunk: str, *, offset: int = 0, limit: int = 100) -> RowPage:
    """A page of the rows of one chunk, in the order of its data version.

    Raises:
        NotFound: there is no such monitor or chunk, or the data version is gone.
        InvalidInput: ``offset`` or ``limit`` is out of range.
        StoreDamaged: the bytes of the version are gone or have changed.
    """
    monitor = find_monitor(project, name)
    part = _observed(monitor_state(project, name), chunk).chunk
    version = get_dataset(part.data, project=project)
    table = table_of(project, version)
    if part.start:
        where = chunk_condition(part, column_place(table, monitor.time, version.ref))
        return read_rows(table, part.rows, offset, limit, where=where)
    start = part.first + offset if offset >= 0 else offset
    page = read_rows(table, part.rows, start, min(limit, max(0, part.rows - offset)))
    return msgspec.structs.replace(page, offset=offset)


def _summary(project: Project, name: str, monitor: MonitorConfig) -> MonitorSummary:
    state = monitor_state(project, name)
    points = _points(state)
    waiting = [alert for alert in _alerts(state) if not alert.answer]
    return MonitorSummary(
        name=name,
        model=monitor.model,
        alias=monitor.alias,
        metric=monitor.metric,
        data=monitor.data,
        loop=state.loop,
        chunks=len(points),
        latest=points[-1] if points else None,
        open_count=len(waiting),
        open=waiting[: -_IN_LISTS - 1 : -1],
        retraining=state.retrainings[-1] if state.retrainings else None,
    )


def _points(state: MonitorState) -> list[ChunkPoint]:
    begun: dict[str, float] = {}
    for one in state.observations:
        begun.setdefault(one.seen.chunk.id, one.time)
    return [_point(state, seen, begun[seen.chunk.id]) for seen in state.latest]


def _point(state: MonitorState, seen: Observation, time: float) -> ChunkPoint:
    chunk = seen.chunk
    return ChunkPoint(
        id=chunk.id,
        data=chunk.data,
        rows=chunk.rows,
        start=chunk.start,
        end=chunk.end,
        time=time,
        model=seen.model,
        performance=seen.performance,
        estimate=seen.estimate,
        baseline=seen.baseline,
        multivariate=seen.multivariate,
        alerts=len(seen.alerts),
        open=sum(alert.id not in state.closed for alert in seen.alerts),
        notes=seen.notes,
    )


def _alerts(state: MonitorState) -> list[RungAlert]:
    """The alerts of each chunk's newest observation, each with the moment it first rang; oldest chunk first."""
    first: dict[str, float] = {}
    for one in state.observations:
        for alert in one.seen.alerts:
            first.setdefault(alert.id, one.time)
    return [
        RungAlert(
            id=alert.id,
            chunk=seen.chunk.id,
            kind=alert.kind,
            message=alert.message,
            column=alert.column,
            value=alert.value,
            limit=alert.limit,
            time=first[alert.id],
            answer=state.closed.get(alert.id, ""),
        )
        for seen in state.latest
        for alert in seen.alerts
    ]


def _drift_rows(shown: list[Observation]) -> list[DriftRow]:
    rung = [{alert.column for alert in seen.alerts if alert.column} for seen in shown]
    names = dict.fromkeys(name for seen, rang in zip(shown, rung, strict=True) for name in [*seen.drift, *rang])
    rows = []
    for name in names:
        values = [seen.drift.get(name) for seen in shown]
        known = [value for value in values if value is not None]
        rows.append(DriftRow(name, max(known, default=None), values, [name in rang for rang in rung]))
    # A column that vanished has no distance and rings: it stands above all that have one.
    return sorted(rows, key=lambda row: (row.largest is not None, -(row.largest or 0.0), row.column))


def _marks(project: Project, monitor: MonitorConfig, points: list[ChunkPoint]) -> list[AliasMark]:
    history = project.store.read(alias_history("model", monitor.model))
    marks = []
    for alias, version, time, actor, kind, reason, forced in reversed(history):
        if alias == monitor.alias:
            before = next((point.id for point in points if point.time > time), "")
            marks.append(AliasMark(version, time, actor, kind, reason, forced, before))
    return marks


def _verdicts(project: Project, monitor: MonitorConfig, retrainings: list[Retraining]) -> dict[str, list[GateWord]]:
    """What the gate said of each version that these retrainings made, oldest version first."""
    gate = monitor.retrain.gate if monitor.retrain else ""

    def work(ask: Ask) -> dict[str, list[GateWord]]:
        given = ask(queries.verdicts_by(gate, monitor.model))
        found = {}
        for one in retrainings:
            made = [version for (version,) in ask(queries.made_models(one.run, monitor.model))] if one.run else []
            words = {version: (id_, passed) for id_, version, passed, time in reversed(given) if time >= one.time}
            found[one.fact] = [GateWord(words[at][0], at, words[at][1]) for at in made if at in words]
        return found

    return project.store.read_with(work) if retrainings else {}


def _compared_with(project: Project, monitor: MonitorConfig) -> tuple[str, list[str]]:
    """The version that chunks are compared with now ("" if it cannot be told), and what is not there."""
    trouble: list[str] = []

    def found(ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except BenchbookError as error:
            trouble.append(f"{error.what} {error.hint}")
            return None

    data = found(lambda: get_dataset(monitor.data, project=project))
    served = found(lambda: get_model(f"{monitor.model}@{monitor.alias}", project=project))
    if monitor.reference:
        found(lambda: get_dataset(monitor.reference, project=project))
        return monitor.reference, trouble
    if data is None or served is None:
        return "", trouble
    reference = found(lambda: reference_for(project, monitor, served))
    return reference.ref if reference else "", trouble


def _observed(state: MonitorState, chunk: str) -> Observation:
    seen = state.observed(chunk)
    if seen is None:
        raise NotFound("chunk", chunk, known=[one.chunk.id for one in state.latest])
    return seen


def _stored(project: Project, seen: Observation, digest: str, kind: type[T]) -> T:
    """What an observation kept beside its fact."""
    try:
        return msgspec.json.decode(objects_of(project).get_bytes(digest), type=kind)
    except (NotFound, StoreDamaged) as error:
        hint = "Distances and alerts are in the ledger still; restore .benchbook/objects from a backup for the rest."
        raise NotFound("report", seen.chunk.id, hint=hint) from error


def _column(report: DriftReport, details: LookDetails | None, column: str) -> ColumnDrift:
    own = details.prediction if details else None
    if own is not None and column == PREDICTION:
        return own
    try:
        return report.column(column)
    except NotFound as error:
        names = [one.name for one in report.columns] + ([PREDICTION] if own else [])
        raise NotFound("column", column, known=names) from error

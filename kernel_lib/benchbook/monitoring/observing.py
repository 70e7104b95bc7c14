"""One look at one chunk: drift, the model's own predictions, quality, performance from labels or its estimate.

Labels come late, so a chunk may be looked at twice: first estimated, then judged. What is computed once about a
reference (its sketch, the predictions on it) is kept in the cache folder, which may be deleted at any time.
"""

# ruff: noqa: S608 (statements are built from positions, numbers and escaped literals only)

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.data import get_dataset
from benchbook.data.engine import literal, open_engine
from benchbook.data.frames import frame_of
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput
from benchbook.models import get_model, validate
from benchbook.models.registry import read_model
from benchbook.monitoring.alerting import alerts_of
from benchbook.monitoring.cache import reference_of, thresholds_of
from benchbook.monitoring.chunks import Chunk, chunk_table, column_place, cut
from benchbook.monitoring.domain import domain_drift
from benchbook.monitoring.drift import compare
from benchbook.monitoring.performance import AT_LEAST
from benchbook.monitoring.records import LookDetails
from benchbook.monitoring.state import NOUN, PREDICTION, MonitorState, Observation, monitor_state, state_from
from benchbook.monitoring.thresholds import alarms
from benchbook.monitoring.watched import Watched, interval_of, judged, predictions_of
from benchbook.objects import objects_of
from benchbook.project.monitor_config import MonitorConfig, hours_of
from benchbook.refs import Ref

if TYPE_CHECKING:
    import pandas as pd

    from benchbook.data import DatasetVersion
    from benchbook.data.tables import Table
    from benchbook.models import ModelVersion
    from benchbook.monitoring.records import DriftReport
    from benchbook.project import Project
    from benchbook.store import Ask

RECENT = 50_000
"""Predictions with labels that estimates are calibrated by, at most."""
COLUMNS_KEPT = 300
"""Distances kept in the ledger of one observation, the largest first; the stored report has all of them."""


def observe(
    project: Project, name: str, monitor: MonitorConfig, *, now: dt.datetime | None = None
) -> list[Observation]:
    """Look at every chunk that is new, or whose labels have come, and record what was seen; oldest first.

    ``now`` (UTC, no zone) is this moment if not given. A chunk is recorded once, whoever looks at the same time.

    Raises:
        InvalidInput: the data, the reference or the columns cannot be as the monitor says; the text says which.
        NotFound: there is no such model, alias or dataset.
    """
    now = now or dt.datetime.now(dt.UTC).replace(tzinfo=None)
    version = get_dataset(monitor.data, project=project)
    table = table_of(project, version)
    state = monitor_state(project, name)
    reference = reference_for(project, monitor, get_model(f"{monitor.model}@{monitor.alias}", project=project))
    past = _reference_end(project, monitor, reference)
    at = column_place(table, monitor.time, version.ref) if monitor.chunk != "version" else None
    found = []
    for chunk in cut(monitor, version, table, now):
        labelled = _labels_due(monitor, chunk, now)
        known = bool(past and chunk.start and chunk.start <= past and state.observed(chunk.id) is None)
        if known or not is_due(state, monitor, chunk, labelled=labelled, reference=reference.ref):
            continue
        with chunk_table(table, chunk, at) as part:
            recent = _recent(monitor, version, table, chunk, at)
            seen = look(project, name, monitor, chunk, part, labelled=labelled, recent=recent)
        if _record(project, name, monitor, seen, labelled=labelled):
            found.append(seen)
    return found


def reference_for(project: Project, monitor: MonitorConfig, served: ModelVersion) -> DatasetVersion:
    """The version that chunks are compared with: the one the file names, else the one ``served`` was trained from.

    So what a new champion has learned from is no news any more. One that was trained from other datasets is watched
    against the first version of the data.

    Raises:
        NotFound: there is no such version.
    """
    learned = [Ref(one.name, version=one.version) for one in served.data if one.name == monitor.data]
    return get_dataset(monitor.reference or (learned or [Ref(monitor.data, version=1)])[-1], project=project)


def _reference_end(project: Project, monitor: MonitorConfig, version: DatasetVersion) -> str:
    """The last moment of the reference, so that its own period is not watched; empty where there are no times."""
    table = table_of(project, version)
    names = [column.name for column in table.columns]
    if monitor.chunk == "version" or monitor.time not in names:
        return ""
    with open_engine(table.path) as engine:
        (last,) = engine.row(f"SELECT max(c{names.index(monitor.time)}::TIMESTAMP) FROM {table.scan()}")
    return last.isoformat() if last else ""


def is_due(state: MonitorState, monitor: MonitorConfig, chunk: Chunk, *, labelled: bool, reference: str) -> bool:
    """Whether a chunk was never looked at, or only without the labels that may be there now."""
    seen = state.observed(chunk.id)
    if seen is None:
        return chunk.data != reference
    return bool(monitor.target) and labelled and seen.performance is None and seen.chunk.data != chunk.data


def _labels_due(monitor: MonitorConfig, chunk: Chunk, now: dt.datetime) -> bool:
    if not chunk.end:
        return True
    return dt.datetime.fromisoformat(chunk.end) + dt.timedelta(hours=hours_of(monitor.label_delay) or 0) <= now


def _record(project: Project, name: str, monitor: MonitorConfig, seen: Observation, *, labelled: bool) -> bool:
    def decide(ask: Ask) -> dict[str, Any] | None:
        still = is_due(state_from(ask, name), monitor, seen.chunk, labelled=labelled, reference=seen.reference)
        data: dict[str, Any] = msgspec.to_builtins(seen)
        return data if still else None

    return project.store.record("observe", NOUN, name, decide) is not None


def _recent(
    monitor: MonitorConfig, version: DatasetVersion, table: Table, chunk: Chunk, time_column: int | None
) -> tuple[Any, Any] | None:
    """The newest predictions before ``chunk`` that have labels, to calibrate by; None where too few were kept.

    Only predictions kept in the data count: those made anew would be made by a model that may have learned the labels.
    """
    if not (monitor.prediction and monitor.target) or (not chunk.start and not chunk.first):
        return None
    at = [column_place(table, name, version.ref) for name in (monitor.prediction, monitor.target)]
    before, order = f"c{time_column}::TIMESTAMP < {literal(chunk.start)}", f"ORDER BY c{time_column} DESC"
    rows = table.scan() if chunk.start else f"(SELECT * FROM {table.scan()} LIMIT {chunk.first})"
    known = " AND ".join([f"c{place} IS NOT NULL" for place in at] + ([before] if chunk.start else []))
    with open_engine(table.path) as engine:
        found = engine.arrow(
            f"SELECT c{at[0]}::DOUBLE AS prediction, c{at[1]}::DOUBLE AS label FROM {rows} WHERE {known} "
            f"{order if chunk.start else ''} LIMIT {RECENT}"
        )
    return (found["prediction"].to_numpy(), found["label"].to_numpy()) if found.num_rows >= AT_LEAST else None


def look(
    project: Project,
    name: str,
    monitor: MonitorConfig,
    chunk: Chunk,
    part: Table,
    *,
    labelled: bool,
    recent: tuple[Any, Any] | None = None,
) -> Observation:
    """What is seen in ``part``, the rows of ``chunk``; nothing is recorded. ``recent`` as `judged` takes it.

    Raises:
        InvalidInput, NotFound: as `observe`.
    """
    import sklearn.ensemble
    import sklearn.model_selection  # noqa: F401  now: of two threads that import parts of it at once one may fail
    from threadpoolctl import threadpool_limits

    served = get_model(f"{monitor.model}@{monitor.alias}", project=project)
    reference = reference_for(project, monitor, served)
    reference_table = table_of(project, reference)
    columns = monitor.columns or _inputs(served, monitor, [column.name for column in reference_table.columns])
    # The classifier needs as long as all the rest. Each has one core, since OpenMP's threads wait for each other.
    with threadpool_limits(1), ThreadPoolExecutor(1) as beside:
        classified = beside.submit(domain_drift, reference_table, part, columns)
        sketch = reference_of(project, reference, columns)
        report = compare(sketch, part, label=chunk.id)
        limits = thresholds_of(project, reference, sketch, chunk.rows)
        rung = alarms(report, limits)
        tables = (reference_table, part)
        watched, notes = _watched(project, monitor, served, tables, labelled=labelled, recent=recent)
        multivariate = classified.result()
    notes += [multivariate.reason] if multivariate.reason else []
    details = LookDetails(limits, watched.spread)
    return Observation(
        chunk=chunk,
        model=served.ref,
        reference=reference.ref,
        report=objects_of(project).put_bytes(msgspec.json.encode(report)).id,
        drift=_distances(report, watched),
        metric=monitor.metric,
        performance=watched.performance,
        estimate=watched.estimate,
        baseline=watched.baseline,
        multivariate=interval_of(multivariate.auc, multivariate.low, multivariate.high),
        alerts=alerts_of(name, chunk.id, monitor, rung, watched),
        notes=notes,
        details=objects_of(project).put_bytes(msgspec.json.encode(details)).id,
    )


def _distances(report: DriftReport, watched: Watched) -> dict[str, float]:
    js = {column.name: column.js for column in report.columns if column.js is not None}
    if watched.drift is not None:
        js[PREDICTION] = watched.drift
    return dict(sorted(js.items(), key=lambda item: -item[1])[:COLUMNS_KEPT])


def _inputs(served: ModelVersion, monitor: MonitorConfig, there: list[str]) -> list[str]:
    """The model's inputs, or without a signature all columns that are not about the answer."""
    if served.signature is not None:
        return [field.name for field in served.signature.inputs if field.name in there]
    apart = {monitor.target, monitor.prediction, monitor.time}
    return [column for column in there if column not in apart]


def _watched(
    project: Project,
    monitor: MonitorConfig,
    served: ModelVersion,
    tables: tuple[Table, Table],
    *,
    labelled: bool,
    recent: tuple[Any, Any] | None,
) -> tuple[Watched, list[str]]:
    """What the model's predictions tell; where they cannot be made, why."""
    notes: list[str] = []
    reference, frame = map(frame_of, tables)
    model = None if monitor.prediction else read_model(served, project=project)

    def predict(rows: pd.DataFrame) -> Any:
        if monitor.prediction:
            if monitor.prediction not in rows:
                raise InvalidInput(f"There is no column {monitor.prediction!r} of predictions.")
            return rows[monitor.prediction]
        if served.signature is None:
            raise InvalidInput(f"{served.ref} has no signature to predict by.", hint="Register it with example=.")
        return predictions_of(model, validate(served.signature, rows))

    try:
        before, after = predict(reference), predict(frame)
    except InvalidInput as error:  # drift is told all the same; a renamed column must not end the watch
        return Watched(), [f"Nothing was predicted: {error.what}"]
    labels = frame.get(monitor.target) if labelled else None
    truth = reference.get(monitor.target)
    if monitor.target and truth is None:
        notes.append(f"The reference has no column {monitor.target!r}, so nothing could be estimated.")
    return judged(monitor, served, (before, truth), (after, labels), notes, recent=recent), notes

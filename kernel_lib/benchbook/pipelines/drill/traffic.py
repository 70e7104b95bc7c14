"""Recent traffic: the newest chunks of a monitor, and what the dataset looked like each time when one of them ended.

A drill plays these moments again. Labels that were not known then are left out, as the monitor's `label_delay` says.
"""

# ruff: noqa: S608 (statements are built from positions only)

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbook.data import get_dataset
from benchbook.data.engine import open_engine
from benchbook.data.frames import read_batches
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput, NotFound
from benchbook.models import get_model
from benchbook.monitoring.chunks import Chunk, column_place, cut
from benchbook.monitoring.observing import reference_for
from benchbook.project.monitor_config import MonitorConfig, hours_of
from benchbook.refs import Ref

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from benchbook.data import DatasetVersion
    from benchbook.data.records import Column
    from benchbook.data.tables import Table
    from benchbook.project import Project

    Rows = NDArray[np.bool_]

_BACK = 60
"""Versions looked through for recent chunks, at most."""


@dataclass(frozen=True)
class Source:
    """One version of the watched dataset with its rows, and when each was (n,); None where chunks have no times."""

    version: DatasetVersion
    table: pa.Table
    moments: NDArray[np.datetime64] | None


@dataclass(frozen=True)
class Moment:
    """The end of one chunk: the rows that were there then (n,), those of the chunk (n,), and the source's number."""

    chunk: Chunk
    source: int
    there: Rows
    rows: Rows
    now: dt.datetime


@dataclass(frozen=True)
class Traffic:
    """The moments of a drill, oldest first, and the ids of chunks that lie before them."""

    sources: list[Source]
    moments: list[Moment]
    passed: list[Chunk]
    columns: list[Column]


def recent_traffic(project: Project, monitor: MonitorConfig, wanted: int, now: dt.datetime) -> Traffic:
    """The newest ``wanted`` chunks after the reference, or as many as there are.

    Raises:
        InvalidInput, NotFound: data or reference are not there or not as the monitor says.
    """
    served = get_model(f"{monitor.model}@{monitor.alias}", project=project)
    reference = reference_for(project, monitor, served)
    newest = get_dataset(monitor.data, project=project)
    last = _last_moment(project, monitor, reference)
    found: list[tuple[DatasetVersion, Chunk]] = []
    passed: list[Chunk] = []
    for version in _versions_back(project, newest):
        chunks = _chunks_of(project, monitor, version, now)
        known = {chunk.id for _, chunk in found}
        fresh = [one for one in chunks if one.id not in known and _is_after(monitor, one, version, reference, last)]
        take = fresh[max(0, len(fresh) - wanted + len(found)) :]
        found = [(version, chunk) for chunk in take] + found
        passed += [chunk for chunk in chunks if chunk not in take and chunk.id not in known]
        # Chunks of so many rows are counted from the first one; and a version that reaches back to the reference holds
        # all there is.
        reaches = monitor.chunk != "version" and len(fresh) < len(chunks) - len(known)
        if len(found) >= wanted or monitor.chunk_rows or reaches:
            break
    return _played(project, monitor, found, passed, newest)


def withheld(monitor: MonitorConfig, source: Source, now: dt.datetime) -> Rows:
    """Rows (n,) whose labels had not come at ``now``."""
    import numpy as np

    if source.moments is None:
        return np.zeros(source.table.num_rows, dtype=bool)
    delay = dt.timedelta(hours=hours_of(monitor.label_delay) or 0)
    late: Rows = source.moments > np.datetime64(now - delay)
    return late if delay else np.zeros(len(late), dtype=bool)


def _versions_back(project: Project, newest: DatasetVersion) -> Iterator[DatasetVersion]:
    yield newest
    for number in range(newest.version - 1, max(0, newest.version - _BACK), -1):
        try:
            yield get_dataset(Ref(newest.name, version=number), project=project)
        except NotFound:  # erased or retired since: what is newer is traffic enough
            return


def _chunks_of(project: Project, monitor: MonitorConfig, version: DatasetVersion, now: dt.datetime) -> list[Chunk]:
    return [chunk for chunk in cut(monitor, version, table_of(project, version), now) if chunk.rows]


def _is_after(
    monitor: MonitorConfig, chunk: Chunk, version: DatasetVersion, reference: DatasetVersion, last: str
) -> bool:
    """Whether a chunk is no part of the reference, as far as that can be told."""
    if chunk.start:
        return not last or chunk.start > last
    if version.name != reference.name:
        return True
    if monitor.chunk_rows:
        return version.digest != reference.digest and chunk.first >= (reference.rows or 0)
    return version.version > reference.version


def _last_moment(project: Project, monitor: MonitorConfig, reference: DatasetVersion) -> str:
    """The last time in the reference; empty where chunks or the reference have none."""
    table = table_of(project, reference)
    if monitor.chunk == "version" or monitor.time not in [column.name for column in table.columns]:
        return ""
    at = column_place(table, monitor.time, reference.ref)
    with open_engine(table.path) as engine:
        (last,) = engine.row(f"SELECT max(c{at}::TIMESTAMP) FROM {table.scan()}")
    return last.isoformat() if last else ""


def _played(
    project: Project,
    monitor: MonitorConfig,
    found: list[tuple[DatasetVersion, Chunk]],
    passed: list[Chunk],
    newest: DatasetVersion,
) -> Traffic:
    sources: list[Source] = []
    numbers: dict[int, int] = {}
    moments = []
    for version, chunk in found:
        if version.version not in numbers:
            numbers[version.version] = len(sources)
            sources.append(_read(project, monitor, version))
        number = numbers[version.version]
        moments.append(_moment(sources[number], number, chunk))
    return Traffic(sources, moments, passed, newest.columns)


def _read(project: Project, monitor: MonitorConfig, version: DatasetVersion) -> Source:
    """The rows as they were saved, frame metadata included, beside their times as DuckDB reads them."""
    import pyarrow as pa

    table = table_of(project, version, checked=True)
    batches = list(read_batches(table, 1 << 20))
    if not batches:
        raise InvalidInput(f"{version.ref} has no rows.", hint="A drill plays recent traffic again; save some first.")
    whole = pa.Table.from_batches(batches).combine_chunks()
    return Source(version, whole, _times(table, monitor, version) if monitor.chunk != "version" else None)


def _times(table: Table, monitor: MonitorConfig, version: DatasetVersion) -> NDArray[np.datetime64]:
    at = column_place(table, monitor.time, version.ref)
    with open_engine(table.path) as engine:
        found = engine.arrow(f"SELECT c{at}::TIMESTAMP AS at FROM {table.scan()}")
    moments: NDArray[np.datetime64] = found.column("at").to_numpy()
    return moments


def _moment(source: Source, number: int, chunk: Chunk) -> Moment:
    import numpy as np

    places = np.arange(source.table.num_rows)
    if source.moments is not None:
        start, end = np.datetime64(chunk.start), np.datetime64(chunk.end)
        rows = (source.moments >= start) & (source.moments < end)
        return Moment(chunk, number, source.moments < end, rows, dt.datetime.fromisoformat(chunk.end))
    rows = (places >= chunk.first) & (places <= chunk.last)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    return Moment(chunk, number, places <= chunk.last, rows, now)

"""Cutting a dataset into the chunks a monitor looks at: whole versions, hours to months of a time column, or rows.

A chunk's id follows from the data alone (`2013-05`, `rows 20000`, `v4`), so looking again finds the same chunks and
an observation is never made twice. A chunk of the calendar is complete once later data, or the clock, has passed it.
"""

# ruff: noqa: S608 (statements are built from positions, whole numbers and escaped literals only)

from __future__ import annotations

import contextlib
import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchbook.data.engine import literal, open_engine
from benchbook.data.profile import kind_of
from benchbook.data.records import DatasetVersion
from benchbook.data.tables import Table
from benchbook.errors import InvalidInput
from benchbook.project.monitor_config import MonitorConfig

CHUNK_LIMIT = 10_000
_IDS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


class Chunk(msgspec.Struct, frozen=True):
    """A part of a dataset version: rows ``first`` to ``last`` by position, or those of ``start`` ≤ time < ``end``.

    ``start`` and ``end`` are ISO times, empty where the chunk is not one of the calendar.
    """

    id: str
    data: str
    """Ref of the version that brought it."""
    rows: int
    start: str = ""
    end: str = ""
    first: int = 0
    last: int = 0


def column_place(table: Table, name: str, ref: str) -> int:
    """Where a column stands.

    Raises:
        InvalidInput: there is none of that name; lists those there are.
    """
    found = [column.name for column in table.columns]
    if name not in found:
        shown = ", ".join(found[:20])
        raise InvalidInput(f"{ref} has no column {name!r}.", hint=f"Its columns are: {shown}.")
    return found.index(name)


def cut(monitor: MonitorConfig, version: DatasetVersion, table: Table, now: dt.datetime) -> list[Chunk]:
    """The complete chunks of ``version``, oldest first; ``now`` (UTC, without zone) says which calendar chunk is over.

    Raises:
        InvalidInput: the time column is missing or holds no times, or there would be too many chunks.
    """
    rows = version.rows or 0
    if monitor.chunk_rows:
        size = monitor.chunk_rows
        if rows // size > CHUNK_LIMIT:
            raise InvalidInput(f"{version.ref} would make {rows // size:,} chunks of {size} rows.", hint="Cut larger.")
        starts = range(0, rows - size + 1, size)
        return [Chunk(f"rows {at + size}", version.ref, size, first=at, last=at + size - 1) for at in starts]
    if monitor.chunk == "version":
        return [Chunk(f"v{version.version}", version.ref, rows, last=max(0, rows - 1))]
    return _by_calendar(monitor, version, table, now)


def _by_calendar(monitor: MonitorConfig, version: DatasetVersion, table: Table, now: dt.datetime) -> list[Chunk]:
    at = column_place(table, monitor.time, version.ref)
    type_ = table.columns[at].type
    if kind_of(type_) != "time" or type_.startswith(("TIME WITH", "INTERVAL")) or type_ == "TIME":
        raise InvalidInput(
            f"The column {monitor.time!r} of {version.ref} is of type {type_}, not a time.",
            hint="Name a column of dates or timestamps under `time:`.",
        )
    with open_engine(table.path) as engine:
        found = engine.rows(
            f"SELECT date_trunc({monitor.chunk!r}, c{at}::TIMESTAMP) AS start, count(*), max(c{at}::TIMESTAMP) "
            f"FROM {table.scan()} WHERE c{at} IS NOT NULL GROUP BY start ORDER BY start LIMIT {CHUNK_LIMIT + 1}"
        )
    if len(found) > CHUNK_LIMIT:
        raise InvalidInput(f"{version.ref} has more than {CHUNK_LIMIT:,} chunks of one {monitor.chunk}.")
    chunks = []
    for number, (start, rows, _) in enumerate(found):
        end = _next(start, monitor.chunk)
        if number < len(found) - 1 or end <= now:
            name = start.strftime(_IDS[monitor.chunk])
            chunks.append(Chunk(name, version.ref, rows, start.isoformat(), end.isoformat()))
    return chunks


def _next(start: dt.datetime, kind: str) -> dt.datetime:
    if kind == "month":
        return (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return start + {"hour": dt.timedelta(hours=1), "day": dt.timedelta(days=1), "week": dt.timedelta(weeks=1)}[kind]


@contextlib.contextmanager
def chunk_table(table: Table, chunk: Chunk, time_column: int | None) -> Iterator[Table]:
    """The rows of ``chunk`` as a table of their own; a copy that lives as long as the block, where it is a part."""
    whole = not chunk.start and chunk.first == 0 and chunk.id.startswith("v")
    if whole:
        yield table
        return
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory(prefix="benchbook-chunk-") as folder:
        path = Path(folder, "chunk.parquet")
        with open_engine(table.path) as engine:
            found = engine.arrow(_select(table, chunk, time_column))
        pq.write_table(found.rename_columns([column.name for column in table.columns]), path)
        yield Table(path, "parquet", table.columns)


def chunk_condition(chunk: Chunk, time_column: int | None) -> str:
    """The SQL that the rows of a chunk of the calendar fulfil."""
    when = f"c{time_column}::TIMESTAMP"
    return f"{when} >= {literal(chunk.start)} AND {when} < {literal(chunk.end)}"


def _select(table: Table, chunk: Chunk, time_column: int | None) -> str:
    if chunk.start:
        return f"SELECT * FROM {table.scan()} WHERE {chunk_condition(chunk, time_column)}"
    return f"SELECT * FROM {table.scan()} LIMIT {chunk.last - chunk.first + 1} OFFSET {chunk.first}"

"""Compares a chunk with a reference, column by column, from the reference's sketch and one scan of the chunk.

Distributions of numbers and of categories are reduced to one effect size, the Jensen-Shannon distance over the same
bins, so that columns of any kind can be put in one order; the other statistics stand beside it. Where both tables are
small and the reference's own table is at hand, KS and Wasserstein are exact, else they say how far they may be off.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from benchbook.data.engine import Engine, open_engine
from benchbook.data.profile import kind_of
from benchbook.data.tables import Table
from benchbook.monitoring import formulas, reading
from benchbook.monitoring.columns import compare_categories, compare_numbers, share
from benchbook.monitoring.records import ColumnDrift, DriftReport, State
from benchbook.monitoring.sketch import ColumnSketch, Reference

EXACT_ROWS = 250_000
"""KS and Wasserstein are exact where neither table has more rows and the reference's table is given."""
_NOTHING = "NULL"
_FIRST: tuple[State, ...] = ("vanished", "type", "missing")


def compare(
    reference: Reference,
    chunk: Table,
    *,
    label: str = "chunk",
    reference_table: Table | None = None,
    window: tuple[int, int] | None = None,
) -> DriftReport:
    """Compare a chunk with a reference over the reference's columns.

    With ``reference_table``, the table the reference was made of, KS and Wasserstein are exact up to `EXACT_ROWS` rows.
    ``window`` compares the rows from … to (exclusive) of the chunk's table only.

    Raises:
        InvalidInput: the chunk cannot be read.
        StorageFull: a column does not fit in memory and spill space.
    """
    began = time.perf_counter()
    pairs = _pairs(reference, chunk)
    with open_engine(chunk.path, *([reference_table.path] if reference_table else [])) as engine:
        rows = reading.load(engine, chunk, "chunk", [pair.place for pair in pairs if pair.is_there], window)
        is_small = max(rows, reference.rows) <= EXACT_ROWS
        exact = _exact_source(engine, reference_table, pairs) if reference_table and is_small else None
        compared = [*_numbers(engine, pairs, rows, exact), *_words(engine, pairs)]
        compared += [_uncompared(engine, pair, rows) for pair in pairs if pair.state != "compared"]
    known = {column.name for column in reference.columns}
    new = [column.name for column in chunk.columns if column.name not in known]
    columns = _ordered(_with_corrected(compared))
    return DriftReport(
        reference=reference.label,
        chunk=label,
        reference_rows=reference.rows,
        chunk_rows=rows,
        columns=columns,
        new_columns=new,
        vanished_columns=[pair.sketch.name for pair in pairs if not pair.is_there],
        exact=all(column.exact for column in columns),
        bound=_bound(columns),
        seconds=time.perf_counter() - began,
    )


class _Pair(msgspec.Struct, frozen=True):
    """A column of the reference, and its place and type in the chunk; place -1 where it is not there."""

    sketch: ColumnSketch
    place: int
    type: str

    @property
    def is_there(self) -> bool:
        return self.place >= 0

    @property
    def state(self) -> State:
        if not self.is_there:
            return "vanished"
        nothing = [self.sketch.type, self.type].count(_NOTHING)
        if nothing:  # what a frame's column without any value is saved as, whatever it held before
            return "missing" if nothing == 1 else "empty"
        if kind_of(self.type) != self.sketch.kind:
            return "type"
        return "other" if self.sketch.kind == "other" else "compared"


def _pairs(reference: Reference, chunk: Table) -> list[_Pair]:
    places = {column.name: (place, column.type) for place, column in enumerate(chunk.columns)}
    return [_Pair(sketch, *places.get(sketch.name, (-1, ""))) for sketch in reference.columns]


def _number_pairs(pairs: list[_Pair]) -> list[_Pair]:
    return [pair for pair in pairs if pair.state == "compared" and pair.sketch.kind in ("number", "time")]


def _exact_source(engine: Engine, table: Table, pairs: list[_Pair]) -> reading.Source:
    places = {column.name: (place, column.type) for place, column in enumerate(table.columns)}
    source = reading.Source("exact", [places[pair.sketch.name] for pair in _number_pairs(pairs)])
    reading.load(engine, table, source.view, [place for place, _ in source.columns])
    return source


def _numbers(engine: Engine, pairs: list[_Pair], rows: int, exact: reading.Source | None) -> list[ColumnDrift]:
    chosen = _number_pairs(pairs)
    sources = [reading.Source("chunk", [(pair.place, pair.type) for pair in chosen]), *([exact] if exact else [])]

    def use(at: int, read: list[reading.Numbers]) -> ColumnDrift:
        sketch = chosen[at].sketch
        return compare_numbers(sketch, read[0], read[1].values if exact else None)

    longest = max([rows, *(pair.sketch.rows for pair in chosen if exact)])
    return list(reading.read_numbers(engine, sources, longest, use))


def _words(engine: Engine, pairs: list[_Pair]) -> Iterator[ColumnDrift]:
    for pair in pairs:
        if pair.state == "compared" and pair.sketch.kind in ("text", "boolean"):
            known = pair.sketch.categories.names if pair.sketch.categories is not None else []
            yield compare_categories(pair.sketch, reading.read_groups(engine, "chunk", (pair.place, pair.type), known))


def _uncompared(engine: Engine, pair: _Pair, rows: int) -> ColumnDrift:
    sketch, state = pair.sketch, pair.state
    missing = reading.count_missing(engine, "chunk", pair.place) if pair.is_there else None
    problems = {
        "vanished": "The chunk does not have this column.",
        "type": f"The type changed from {sketch.type} to {pair.type}.",
        "other": f"Values of type {sketch.type} are not compared.",
        "missing": f"{'The chunk' if pair.type == _NOTHING else 'The reference'} has no values here.",
        "empty": "Neither side has values here.",
    }
    return ColumnDrift(
        name=sketch.name,
        kind=sketch.kind,
        state=state,
        reference_rows=sketch.present,
        chunk_rows=0,
        problem=problems[state],
        missing_before=share(sketch.missing, sketch.rows),
        missing_after=None if missing is None else share(missing, rows),
    )


def _with_corrected(columns: list[ColumnDrift]) -> list[ColumnDrift]:
    raw = [column.ks_p if column.ks_p is not None else column.chi2_p for column in columns]
    adjusted = iter(formulas.corrected([p for p in raw if p is not None]))
    return [
        column if p is None else msgspec.structs.replace(column, p_value=next(adjusted))
        for column, p in zip(columns, raw, strict=True)
    ]


def _ordered(columns: list[ColumnDrift]) -> list[ColumnDrift]:
    def effect(column: ColumnDrift) -> tuple[bool, float]:
        return column.state not in _FIRST, -1.0 if column.js is None else -column.js

    return sorted(columns, key=lambda column: (effect(column)[0], column.js is None, effect(column)[1]))


def _bound(columns: list[ColumnDrift]) -> str:
    """Say how far the worst column may be off."""
    if all(column.exact for column in columns):
        return "All statistics are exact."
    ks = max(column.ks_error for column in columns)
    area = max(column.wasserstein_error for column in columns)
    return (
        "PSI, Jensen-Shannon and chi-squared are exact. True values lie above those shown by at most "
        f"{ks:.2g} (KS) and {area:.2g} standard deviations (Wasserstein)."
    )

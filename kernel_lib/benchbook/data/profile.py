"""A profile of every column, computed once, when a version is saved: a version never changes, so neither does that.

Columns are scanned one by one: Parquet reads only what is asked, and a wide table never needs more memory than one
column. Where counting different values exactly would dominate the time, an estimate says that it is one.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from typing import Any, Literal

from benchbook.data.engine import Engine
from benchbook.data.records import Bin, Column, ColumnProfile, Profile, TopValue
from benchbook.data.tables import Table, names
from benchbook.data.values import iso_time, json_value

Kind = Literal["number", "text", "time", "boolean", "other"]
COLUMN_LIMIT = 500
"""Columns beyond this many are left out of a profile."""
_BINS = 20
_TOP = 10
_TEXT_LIMIT = 200
_EXACT_DISTINCT = 100_000
_EXACT_ROWS = 5_000_000
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_INTEGERS = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
}
_FLOATS = {"FLOAT", "DOUBLE"}


def kind_of(type_: str) -> Kind:
    """Return what kind of column a DuckDB type makes."""
    if type_.endswith("]"):
        return "other"
    if type_ in _INTEGERS or type_ in _FLOATS or type_.startswith("DECIMAL("):
        return "number"
    if type_ == "BOOLEAN":
        return "boolean"
    if type_ in ("VARCHAR", "UUID"):
        return "text"
    return "time" if type_ in ("DATE", "INTERVAL") or type_.startswith("TIME") else "other"


def make_profile(engine: Engine, table: Table, rows: int) -> Profile:
    """Profile the first `COLUMN_LIMIT` columns of a table.

    Raises:
        StorageFull: a column does not fit in the engine's memory and spill space.
    """
    # CSV is parsed once into the engine's own memory; Parquet is read in place, column by column.
    kind = "TABLE" if table.format == "csv" else "VIEW"
    looked_at = table.columns[:COLUMN_LIMIT]
    engine.run(f"CREATE TEMP {kind} data AS SELECT {', '.join(names(len(looked_at)))} FROM {table.scan()}")
    columns = [_column(engine, f"c{at}", column, rows) for at, column in enumerate(looked_at)]
    return Profile(rows, columns, max(0, len(table.columns) - COLUMN_LIMIT))


def _column(engine: Engine, c: str, column: Column, rows: int) -> ColumnProfile:
    kind = kind_of(column.type)
    if kind == "number":
        return _number(engine, c, column, rows)
    if kind == "other":
        (present,) = engine.row(f"SELECT count({c}) FROM data")
        return ColumnProfile(column.name, column.type, kind, rows - present, None)
    return _words(engine, c, column, rows)


def _number(engine: Engine, c: str, column: Column, rows: int) -> ColumnProfile:
    is_float = column.type in _FLOATS
    finite = f"CASE WHEN isfinite({c}) THEN {c} END" if is_float else c
    present = f"CASE WHEN NOT isnan({c}) THEN {c} END" if is_float else c
    quantile = "quantile_disc" if rows <= _EXACT_ROWS else "approx_quantile"
    count, infinite, low, high, mean, std, quantiles, estimate, first, last = engine.row(
        f"SELECT count(p), count(p) - count(f), min(p), max(p), avg(f::DOUBLE), stddev_samp(f::DOUBLE), "
        f"{quantile}(f::DOUBLE, {list(_QUANTILES)}), approx_count_distinct(p), "
        "min(f)::DOUBLE, max(f)::DOUBLE "
        f"FROM (SELECT {finite} AS f, {present} AS p FROM data)"
    )
    distinct, exact = _distinct(engine, present, estimate, count, rows, is_float=is_float)
    return ColumnProfile(
        column.name,
        column.type,
        "number",
        missing=rows - count,
        distinct=distinct,
        min=_number_value(low),
        max=_number_value(high),
        mean=_finite(mean),
        std=_finite(std),
        quantiles=[float(value) for value in quantiles or []],
        histogram=_histogram(engine, finite, first, last, is_integer=column.type in _INTEGERS),
        distinct_exact=exact,
        infinite=infinite,
    )


def _number_value(value: Any) -> Any:
    from decimal import Decimal

    return json_value(float(value) if isinstance(value, Decimal) else value)


def _finite(value: float | None) -> float | None:
    return value if value is not None and value - value == 0 else None


def _distinct(
    engine: Engine, value: str, estimate: int, count: int, rows: int, *, is_float: bool = False
) -> tuple[int, bool]:
    """Count different values exactly where that is quick, or where it may tell that a column is a key."""
    if estimate <= _EXACT_DISTINCT or (rows <= _EXACT_ROWS and not is_float):
        return int(engine.row(f"SELECT count(DISTINCT {value}) FROM data")[0]), True
    return min(int(estimate), count), False


def _histogram(engine: Engine, finite: str, low: float | None, high: float | None, *, is_integer: bool) -> list[Bin]:
    if low is None or high is None:
        return []
    edges = _edges(low, high, is_integer=is_integer)
    last = len(edges) - 2
    # Quarters keep the span of the largest doubles finite.
    span = edges[-1] / 4 - edges[0] / 4
    place = f"(v / 4 - {edges[0] / 4!r}::DOUBLE) / {span!r}::DOUBLE * {last + 1}" if span else "0"
    found = dict(
        engine.rows(
            f"SELECT greatest(0, least({last}, floor({place})))::BIGINT AS bin, count(*) "
            f"FROM (SELECT ({finite})::DOUBLE AS v FROM data) WHERE v IS NOT NULL GROUP BY bin"
        )
    )
    return [Bin(edges[at], edges[at + 1], found.get(at, 0)) for at in range(last + 1)]


def _edges(low: float, high: float, *, is_integer: bool) -> list[float]:
    """The borders of the bars: one bar for each of a few integers, else bars of equal width."""
    if is_integer and 0 < high - low < _BINS:
        return [low + at for at in range(int(high - low) + 2)]
    bins = _BINS if high > low else 1
    step = high / bins - low / bins
    return [low + at * step for at in range(bins)] + [high]


def _words(engine: Engine, c: str, column: Column, rows: int) -> ColumnProfile:
    kind = kind_of(column.type)
    count, low, high, estimate = engine.row(
        f"SELECT count({c}), min({c})::VARCHAR, max({c})::VARCHAR, approx_count_distinct({c}) FROM data"
    )
    distinct, exact = _distinct(engine, c, estimate, count, rows)
    found = engine.rows(
        f"SELECT {c}::VARCHAR, count(*) AS n FROM data WHERE {c} IS NOT NULL "
        f"GROUP BY {c} ORDER BY n DESC, {c} LIMIT {_TOP}"
    )
    shown = iso_time if kind == "time" else _short
    return ColumnProfile(
        column.name,
        column.type,
        kind,
        missing=rows - count,
        distinct=distinct,
        min=shown(low),
        max=shown(high),
        top=[TopValue(shown(value) or "", n) for value, n in found],
        distinct_exact=exact,
    )


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + "…"

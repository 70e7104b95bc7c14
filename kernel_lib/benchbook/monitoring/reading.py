"""Reads columns for the statistics: numbers as sorted arrays, categories as counts; each column is scanned once.

DuckDB decodes, casts and groups; numbers are then sorted by NumPy, which on the same columns was 3 times as fast as
DuckDB's binned histograms and 8 times as fast as its quantile lists (100,000 x 20, two cores). A few columns are read
at a time, so a wide table never needs more memory than those.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from benchbook.data.engine import Engine
from benchbook.data.profile import kind_of
from benchbook.data.tables import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Result = TypeVar("Result")
_CELLS_AT_ONCE = 4_000_000
_COLUMNS_AT_ONCE = 40
_NAME_LIMIT = 100


class Numbers(msgspec.Struct, frozen=True):
    """A number or time column: its finite values, sorted, and how many rows hold something else."""

    values: NDArray[np.float64]
    missing: int
    infinite: int


class Source(msgspec.Struct, frozen=True):
    """Number columns of a view: place and type of each."""

    view: str
    columns: list[tuple[int, str]]


class Groups(msgspec.Struct, frozen=True):
    """A category column: the rows of known and of the most frequent unknown categories.

    ``known`` are counts in the order asked; ``top`` the most frequent others, ``rest_rows`` and ``rest_distinct`` all
    others, the top ones included; ``singletons`` are others that stand once.
    """

    rows: int
    missing: int
    known: list[int]
    top: list[tuple[str, int]]
    rest_rows: int
    rest_distinct: int
    singletons: int


def load(engine: Engine, table: Table, view: str, places: Sequence[int], window: tuple[int, int] | None = None) -> int:
    """Make the columns at ``places`` readable as ``view`` and return its rows.

    ``window`` keeps the rows from … to (exclusive) only. CSV and windows are read once into the engine's own memory;
    whole Parquet files are read in place, column by column.
    """
    kind = "TABLE" if table.format == "csv" or window else "VIEW"
    limits = f" LIMIT {window[1] - window[0]} OFFSET {window[0]}" if window else ""
    asked = ", ".join(f"c{place}" for place in places) or "1 AS none"
    engine.run(f"CREATE OR REPLACE TEMP {kind} {view} AS SELECT {asked} FROM {table.scan()}{limits}")
    return int(engine.row(f"SELECT count(*) FROM {view}")[0])


def read_numbers(
    engine: Engine, sources: Sequence[Source], rows: int, use: Callable[[int, list[Numbers]], Result]
) -> Iterator[Result]:
    """Yield what ``use`` makes of each column, in their order; ``rows`` is the length of the longest source.

    Sources name the same columns in the same order; ``use`` gets a column's number among them and what each source
    holds of it. It runs beside others in a few threads, which NumPy's sorting and searching share well.
    """
    import os
    from concurrent.futures import ThreadPoolExecutor

    step = max(1, min(_COLUMNS_AT_ONCE, _CELLS_AT_ONCE // max(rows * len(sources), 1)))
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for first in range(0, len(sources[0].columns), step):
            read = [_columns(engine, source, first, step) for source in sources]
            work = list(enumerate(zip(*read, strict=True), first))
            yield from pool.map(lambda one: use(one[0], [_sorted(column) for column in one[1]]), work)


def _columns(engine: Engine, source: Source, first: int, step: int) -> list[Any]:
    some = source.columns[first : first + step]
    asked = ", ".join(f"coalesce({_number(f'c{place}', type_)}, 'nan') AS c{place}" for place, type_ in some)
    return list(engine.arrow(f"SELECT {asked} FROM {source.view}").columns)


def read_groups(engine: Engine, view: str, column: tuple[int, str], known: Sequence[str], top: int = 20) -> Groups:
    """Group a category column; see `Groups`."""
    place, type_ = column
    # Rows are grouped as they are, and only what is different is then made a key.
    found = engine.rows(
        f"WITH raw AS (SELECT c{place} AS v, count(*) AS n FROM {view} GROUP BY v), "
        f"g AS MATERIALIZED (SELECT {category_key('v', type_)} AS k, sum(n)::BIGINT AS n FROM raw GROUP BY k), "
        "r AS (SELECT unnest($1::VARCHAR[]) AS k, unnest(range(len($1::VARCHAR[]))) AS place), "
        "j AS MATERIALIZED (SELECT g.k, g.n, r.place FROM g LEFT JOIN r ON g.k = r.k WHERE g.k IS NOT NULL) "
        "SELECT NULL, n, place, 0, 0 FROM j WHERE place IS NOT NULL UNION ALL "
        f"(SELECT k, n, -1, 0, 0 FROM j WHERE place IS NULL ORDER BY n DESC, k LIMIT {top}) UNION ALL "
        "SELECT NULL, coalesce(sum(n), 0)::BIGINT, -2, count(*), count(*) FILTER (n = 1) FROM j WHERE place IS NULL "
        "UNION ALL SELECT NULL, coalesce(sum(n), 0)::BIGINT, -3, 0, 0 FROM g WHERE k IS NULL",
        [list(known)],
    )
    counts = [0] * len(known)
    others: list[tuple[str, int]] = []
    rest, missing = (0, 0, 0), 0
    for name, n, where, distinct, single in found:
        if where >= 0:
            counts[where] = n
        elif where == -1:
            others.append((name, n))
        elif where == -2:
            rest = (n, distinct, single)
        else:
            missing = n
    return Groups(
        sum(counts) + rest[0] + missing, missing, counts, sorted(others, key=lambda one: (-one[1], one[0])), *rest
    )


def category_key(c: str, type_: str) -> str:
    """Return the SQL text of a category: long text is its beginning and its digest, so that any text stays small."""
    text = c if type_ == "VARCHAR" else f"{c}::VARCHAR"
    return f"CASE WHEN length({text}) > {_NAME_LIMIT} THEN left({text}, 60) || '… #' || md5({text}) ELSE {text} END"


def count_missing(engine: Engine, view: str, place: int) -> int:
    """Return the rows in which a column of any type is missing."""
    return int(engine.row(f"SELECT count(*) - count(c{place}) FROM {view}")[0])


def _number(c: str, type_: str) -> str:
    """SQL that gives a number or time as DOUBLE: times as seconds since 1970, or of the day."""
    return f"epoch({c})::DOUBLE" if kind_of(type_) == "time" else f"{c}::DOUBLE"


def _sorted(column: Any) -> Numbers:
    import numpy as np

    values = np.asarray(column.combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)
    rows = len(values)
    # NaN sorts to the end, so finite values are one slice of the sorted array.
    values = np.sort(values)
    first = int(np.searchsorted(values, -np.inf, "right"))
    last, present = (int(place) for place in np.searchsorted(values, [np.inf, np.nan], "left"))
    return Numbers(values[first:last], rows - present, first + present - last)

"""All that is needed of a reference to compare a new chunk with it, so that the reference itself is scanned once.

A sketch holds exact counts over a grid of cut points chosen from the data (see `grid`) and exact counts of categories;
nothing in it is random, so equal tables give equal sketches. 100 number columns make about 2 MB of JSON.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from benchbook.data.engine import Engine
from benchbook.data.profile import kind_of
from benchbook.data.records import Column
from benchbook.data.tables import Table
from benchbook.errors import InvalidInput
from benchbook.monitoring import reading
from benchbook.monitoring.grid import Counted, Grid, bin_counts, count, make_grid
from benchbook.monitoring.records import Kind

if TYPE_CHECKING:
    from benchbook.monitoring.grid import Ints

CATEGORY_LIMIT = 10_000
"""Categories kept by name in a column; the rarer rest is counted together."""
CATEGORIES_IN_ALL = 60_000
"""Where columns have more categories together, each keeps as many as fit, but never less than `CATEGORIES_AT_LEAST`."""
CATEGORIES_AT_LEAST = 100
VERSION = 1
"""Counts up when sketches change, so that none made by older code is read."""


class NumberSketch(msgspec.Struct, frozen=True):
    """Finite values of a number or time column: the grid, the counts on it, and moments in the values' own unit."""

    grid: Grid
    counted: Counted
    rows: int
    mean: float | None
    std: float | None
    """Standard deviation of the values (divided by n); None where it is no finite number."""
    low: float
    high: float


class CategorySketch(msgspec.Struct, frozen=True):
    """Categories by falling frequency with their rows, and the rest that is not kept by name."""

    names: list[str]
    counts: list[int]
    rest_rows: int
    rest_distinct: int
    singletons: int
    """Categories that stand in one row: what tells how often a new one is to be expected (Good 1953)."""


class ColumnSketch(msgspec.Struct, frozen=True):
    """One column of the reference; ``numbers`` or ``categories`` is set where it has values that can be compared."""

    name: str
    type: str
    kind: Kind
    rows: int
    missing: int
    infinite: int
    numbers: NumberSketch | None = None
    categories: CategorySketch | None = None

    @property
    def present(self) -> int:
        """Values that distributions are compared over."""
        if self.numbers is not None:
            return self.numbers.rows
        return sum(self.categories.counts) + self.categories.rest_rows if self.categories is not None else 0

    def bins(self) -> Ints:
        """Return the rows in each bin; for categories those kept by name and then all others together."""
        import numpy as np

        if self.numbers is not None:
            return bin_counts(self.numbers.counted, self.numbers.grid)
        assert self.categories is not None
        return np.asarray([*self.categories.counts, self.categories.rest_rows])


class Reference(msgspec.Struct, frozen=True):
    """The sketches of a table's columns, in the table's order. ``label`` says which table, for people."""

    label: str
    rows: int
    columns: list[ColumnSketch]
    version: int = VERSION


def make_reference(
    engine: Engine, table: Table, columns: Sequence[str] | None = None, *, label: str = "reference"
) -> Reference:
    """Sketch the named columns of a table, or all.

    Raises:
        InvalidInput: a column is not in the table, or is named twice.
        StorageFull: a column does not fit in the engine's memory and spill space.
    """
    chosen = choose(table, columns)
    rows = reading.load(engine, table, "reference", [place for place, _ in chosen])
    numbers = [(place, column.type) for place, column in chosen if kind_of(column.type) in ("number", "time")]
    source = reading.Source("reference", numbers)
    read = reading.read_numbers(engine, [source], rows, lambda at, one: (numbers[at][0], _numbers(one[0])))
    sketched = dict(read)
    words = [place for place, column in chosen if kind_of(column.type) in ("text", "boolean")]
    share = max(CATEGORIES_AT_LEAST, min(CATEGORY_LIMIT, CATEGORIES_IN_ALL // max(len(words), 1)))
    found = []
    for place, column in chosen:
        if place in sketched:
            missing, infinite, sketch = sketched[place]
            found.append(ColumnSketch(column.name, column.type, kind_of(column.type), rows, missing, infinite, sketch))
        else:
            found.append(_words(engine, place, column, rows, share))
    return Reference(label, rows, found)


def choose(table: Table, columns: Sequence[str] | None) -> list[tuple[int, Column]]:
    """Return place and column of the named columns, or of all, in the table's order.

    Raises:
        InvalidInput: a column is not in the table, or is named twice.
    """
    if columns is None:
        return list(enumerate(table.columns))
    if isinstance(columns, str) or not all(isinstance(name, str) for name in columns):
        raise InvalidInput(f"Columns are a list of names, not {columns!r}.", hint="Give columns=['age', 'fare'].")
    names = [column.name for column in table.columns]
    for name in columns:
        if name not in names:
            raise InvalidInput(f"There is no column {name!r}.", hint=f"Columns: {', '.join(map(repr, names[:20]))}.")
        if list(columns).count(name) > 1:
            raise InvalidInput(f"The column {name!r} is named twice.")
    return [(place, column) for place, column in enumerate(table.columns) if column.name in set(columns)]


def _numbers(read: reading.Numbers) -> tuple[int, int, NumberSketch | None]:
    values = read.values
    if not len(values):
        return read.missing, read.infinite, None
    import numpy as np

    grid = make_grid(values)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(values.mean()), float(values.std())
    low, high = float(values[0]), float(values[-1])
    # The mean of equal values may round to another value, which would leave a deviation that is none.
    std = 0.0 if low == high else std
    sketch = NumberSketch(grid, count(values, grid), len(values), _finite(mean), _finite(std), low, high)
    return read.missing, read.infinite, sketch


def _words(engine: Engine, place: int, column: Column, rows: int, limit: int) -> ColumnSketch:
    kind = kind_of(column.type)
    if kind == "other":
        missing = reading.count_missing(engine, "reference", place)
        return ColumnSketch(column.name, column.type, kind, rows, missing, 0)
    found = reading.read_groups(engine, "reference", (place, column.type), [], limit)
    names, counts = [name for name, _ in found.top], [n for _, n in found.top]
    kept = sum(counts)
    categories = CategorySketch(
        names, counts, found.rest_rows - kept, found.rest_distinct - len(names), found.singletons
    )
    return ColumnSketch(column.name, column.type, kind, rows, found.missing, 0, None, categories if kept else None)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""One column of a chunk against its sketch: from sorted values or grouped categories to a `ColumnDrift`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchbook.monitoring import formulas, reading
from benchbook.monitoring.grid import Counted, Grid, bar_counts, bin_counts, count, grid_distances
from benchbook.monitoring.records import Bar, CategoryCount, ColumnDrift
from benchbook.monitoring.sketch import CategorySketch, ColumnSketch, NumberSketch

if TYPE_CHECKING:
    from benchbook.monitoring.grid import Floats, Ints

SHOWN = 20
"""Categories named in a column's drift, and bars drawn for categories; the rest is one bar."""


def compare_numbers(sketch: ColumnSketch, read: reading.Numbers, reference: Floats | None) -> ColumnDrift:
    """Compare a number or time column; with the ``reference``'s own sorted values the distances are exact."""
    rows = len(read.values) + read.missing + read.infinite
    common = _common(sketch, rows, read.missing, read.infinite, len(read.values))
    if sketch.numbers is None or not len(read.values):
        return ColumnDrift(**common, **_absent(sketch, rows, len(read.values)))
    numbers = sketch.numbers
    counted = count(read.values, numbers.grid)
    if reference is not None:
        apart = formulas.distances(reference, read.values)
    else:
        apart = grid_distances(numbers.counted, counted, numbers.grid)
    outside = counted.between[0] + counted.between[-1]
    return ColumnDrift(
        **common,
        **_effects(sketch.bins(), bin_counts(counted, numbers.grid)),
        **_state(numbers.low == numbers.high, _plain(numbers.low, sketch.kind)),
        **_scaled(apart, numbers),
        ks=apart.ks,
        ks_error=apart.ks_error,
        ks_p=formulas.ks_p(apart.ks, numbers.rows, len(read.values)),
        out_of_range=outside / len(read.values),
        bars=_number_bars(numbers, counted),
    )


def compare_categories(sketch: ColumnSketch, read: reading.Groups) -> ColumnDrift:
    """Compare a text or boolean column."""
    present = read.rows - read.missing
    common = _common(sketch, read.rows, read.missing, 0, present)
    if sketch.categories is None or not present:
        return ColumnDrift(**common, **_absent(sketch, read.rows, present))
    import numpy as np

    categories = sketch.categories
    before, after = sketch.bins(), np.asarray([*read.known, read.rest_rows])
    chi2 = formulas.chi2_homogeneity(before, after)
    is_constant = len(categories.names) == 1 and not categories.rest_rows
    return ColumnDrift(
        **common,
        **_effects(before, after),
        **_state(is_constant, repr(categories.names[0])),
        **_changed_categories(categories, read, present),
        chi2=chi2.statistic if chi2 else None,
        chi2_p=chi2.p if chi2 else None,
        bars=_category_bars(categories, before, after),
    )


def share(part: int, whole: int) -> float | None:
    """Return a share in [0, 1], or None of nothing."""
    return part / whole if whole else None


def _common(sketch: ColumnSketch, rows: int, missing: int, infinite: int, present: int) -> dict[str, Any]:
    total = sketch.rows
    return {
        "name": sketch.name,
        "kind": sketch.kind,
        "reference_rows": sketch.present,
        "chunk_rows": present,
        "missing_before": share(sketch.missing, total),
        "missing_after": share(missing, rows),
        "infinite_before": share(sketch.infinite, total) or 0.0,
        "infinite_after": share(infinite, rows) or 0.0,
    }


def _absent(sketch: ColumnSketch, rows: int, present: int) -> dict[str, Any]:
    """What to say where one side has no values that can be compared."""
    if not rows:
        return {"state": "empty", "problem": "The chunk has no rows."}
    if not sketch.rows:
        return {"state": "missing", "problem": "The reference has no rows."}
    if sketch.present:
        return {"state": "missing", "problem": "The chunk has no finite values here; the reference has."}
    if present:
        return {"state": "missing", "problem": "The reference has no finite values here; the chunk has."}
    return {"state": "empty", "problem": "Neither side has finite values here."}


def _state(is_constant: bool, value: str) -> dict[str, Any]:  # noqa: FBT001 (private, two callers)
    if not is_constant:
        return {"state": "compared"}
    return {"state": "constant", "problem": f"The reference holds one value only, {value[:80]}."}


def _plain(value: float, kind: str) -> str:
    if kind != "time":
        return f"{value:g}"
    import datetime as dt

    return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=value)).strftime("%Y-%m-%d %H:%M:%S")


def _effects(before: Ints, after: Ints) -> dict[str, Any]:
    return {"js": formulas.js_distance(before, after), "psi": formulas.psi(before, after)}


def _scaled(apart: formulas.Distances, numbers: NumberSketch) -> dict[str, Any]:
    """The area in units of the reference's standard deviation; none where that is 0 or no finite number."""
    if apart.wasserstein is None or not numbers.std:
        return {}
    return {
        "wasserstein": apart.wasserstein / numbers.std,
        "wasserstein_error": apart.wasserstein_error / numbers.std,
    }


def _changed_categories(categories: CategorySketch, read: reading.Groups, present: int) -> dict[str, Any]:
    """New and vanished categories; where the reference's rarest are not kept by name, what is new cannot be told."""
    gone = [(name, n) for name, n, now in zip(categories.names, categories.counts, read.known, strict=True) if not now]
    found: dict[str, Any] = {
        "vanished_categories": [CategoryCount(name, n) for name, n in gone[:SHOWN]],
        "vanished_count": len(gone),
    }
    if not categories.rest_rows:
        found["new_categories"] = [CategoryCount(name, n) for name, n in read.top[:SHOWN]]
        found["new_count"] = read.rest_distinct
        found["new_share"] = read.rest_rows / present
    return found


def _number_bars(numbers: NumberSketch, counted: Counted) -> list[Bar]:
    grid = numbers.grid
    before, after = bar_counts(numbers.counted, grid), bar_counts(counted, grid)
    return [
        Bar("", low, high, int(b) / numbers.rows, int(a) / int(after.sum()))
        for (low, high), b, a in zip(_borders(grid), before, after, strict=True)
        if low is not None or high is not None or b or a
    ]


def _borders(grid: Grid) -> list[tuple[float | None, float | None]]:
    ends: list[float | None] = [grid.edges[place] for place in grid.bars]
    if grid.discrete:
        # The first bar is below the lowest value, the second that value itself.
        return [(None, ends[0]), (ends[0], ends[0]), *zip(ends, [*ends[1:], None], strict=True)]
    return list(zip([None, *ends], [*ends, None], strict=True))


def _category_bars(categories: CategorySketch, before: Ints, after: Ints) -> list[Bar]:
    """The most frequent of either side together, then all others as one bar."""
    import numpy as np

    p, q = before / before.sum(), after / after.sum()
    shown = sorted(np.argsort(-np.maximum(p, q)[:-1], kind="stable")[:SHOWN].tolist())
    bars = [Bar(categories.names[at], None, None, float(p[at]), float(q[at])) for at in shown]
    others = (1 - sum(bar.reference for bar in bars), 1 - sum(bar.chunk for bar in bars))
    if len(shown) < len(categories.names) or before[-1] or after[-1]:
        bars.append(Bar("(all others)", None, None, *(max(0.0, float(part)) for part in others)))
    return bars

"""Alert thresholds proposed from the reference, so that chance alone rings rarely and trifles never.

What rings, and why:

- Distributions ring on the Jensen-Shannon distance, one effect size for every kind of column, and only if the corrected
  p-value is below 5 % too: with many rows any trifle is significant, so the effect comes first.
- Missing, infinite, new and out-of-range values ring on their shares, because no distance over the present values sees
  them.
- Columns that vanished, changed their type or lost all values ring always. Times ring on missing values only, because
  they move on by nature; new columns never ring, because nothing that was promised is gone.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from benchbook.data.tables import Table
from benchbook.errors import InvalidInput
from benchbook.monitoring.drift import compare
from benchbook.monitoring.formulas import js_divergence
from benchbook.monitoring.records import Alarm, ColumnDrift, DriftReport, Statistic, Threshold
from benchbook.monitoring.sketch import ColumnSketch, Reference

FALSE_ALARMS = 0.05
"""At most this part of chunks drawn from the reference rings, over all columns and statistics together."""
SIGNIFICANT = 0.05
FLOORS: dict[Statistic, float] = {
    "js": 0.1,
    "missing": 0.02,
    "infinite": 0.001,
    "new_categories": 0.01,
    "out_of_range": 0.01,
}
"""Effects below these do not matter: 0.1 is the usual mark for the distance (a shift by 0.3 standard deviations is
0.125); shares are of rows."""
_DRAWS = 400
_CELLS = 4_000_000
_WINDOWS = 30


def propose_thresholds(
    reference: Reference, chunk_rows: int, *, table: Table | None = None, seed: int = 0
) -> list[Threshold]:
    """Propose thresholds for chunks of ``chunk_rows`` rows.

    What chance does is found by drawing: both a reference and a chunk are drawn anew 400 times from the reference's
    bins, and a gamma distribution with the divergences' mean and variance (Satterthwaite 1946; asymptotically they are
    scaled chi-squared) gives the quantile; shares have binomial quantiles. Each threshold gets an equal part of
    `FALSE_ALARMS` (Bonferroni), so all together ring for at most 5 % of chunks in which nothing changed.

    With ``table``, the reference's own, up to 30 consecutive chunks of it are compared too, and thresholds are lifted
    so that none of them rings: what weekdays and weeks do in the reference period then counts as ordinary.

    Raises:
        InvalidInput: ``chunk_rows`` is no number from 1 up.
    """
    _check_rows(chunk_rows)
    asked = [(sketch, name) for sketch in reference.columns if sketch.rows for name in _statistics(sketch)]
    level = FALSE_ALARMS / max(1, len(asked))
    found = []
    for number, (sketch, name) in enumerate(asked):
        null = _null(sketch, name, chunk_rows, level, seed + number)
        found.append(Threshold(sketch.name, name, max(null, FLOORS[name]), null, FLOORS[name], chunk_rows))
    return _lifted(found, reference, table, chunk_rows) if table is not None else found


def alarms(report: DriftReport, thresholds: Sequence[Threshold]) -> list[Alarm]:
    """Return what is over its threshold, the columns in the report's order, each said in one sentence."""
    limits = {(limit.column, limit.statistic): limit for limit in thresholds}
    found = []
    for column in report.columns:
        if column.state in ("vanished", "type", "missing"):
            found.append(Alarm(column.name, "state", None, None, f"{column.name}: {column.problem}"))
            continue
        for name, value in _values(column).items():
            limit = limits.get((column.name, name))
            if limit is not None and value > limit.value:
                found.append(Alarm(column.name, name, value, limit.value, _sentence(column, name, value, limit.value)))
    return found


def _check_rows(rows: object) -> None:
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        raise InvalidInput(f"A chunk has a whole number of rows from 1 up, not {rows!r}.")


def _statistics(sketch: ColumnSketch) -> list[Statistic]:
    names: list[Statistic] = ["missing"]
    if sketch.kind == "number" and sketch.numbers is not None:
        names += ["js", "infinite", "out_of_range"]
    if sketch.categories is not None:
        names += ["js"] if sketch.categories.rest_rows else ["js", "new_categories"]
    return names


def _values(column: ColumnDrift) -> dict[Statistic, float]:
    """What each statistic shows, as far as it may ring."""
    found: dict[Statistic, float] = {
        "infinite": column.infinite_after - column.infinite_before,
        "new_categories": column.new_share,
        "out_of_range": column.out_of_range,
    }
    if column.missing_before is not None and column.missing_after is not None:
        found["missing"] = abs(column.missing_after - column.missing_before)
    if column.js is not None and column.p_value is not None and column.p_value <= SIGNIFICANT:
        found["js"] = column.js
    return found


def _null(sketch: ColumnSketch, name: Statistic, rows: int, level: float, seed: int) -> float:
    """What ``name`` exceeds with probability ``level`` in a chunk of ``rows`` rows in which nothing changed."""
    n = sketch.rows
    if name == "js":
        # Present values of a chunk are as rare as in the reference.
        return _js_null(sketch, max(1, round(rows * sketch.present / n)), level, seed)
    if name == "missing":
        return _share_null(sketch.missing / n, n, rows, level / 2)
    if name == "infinite":
        return _share_null(sketch.infinite / n, n, rows, level)
    # How often what was never seen comes: a value beyond both extremes of n, by exchangeability, in 2 of n + 1; a new
    # category as often as categories stood once (Good 1953).
    present = max(1, sketch.present)
    unseen = 2 if name == "out_of_range" else sketch.categories.singletons if sketch.categories is not None else 0
    return _quantile(min(1.0, (unseen + 1) / (present + 1)), max(1, round(rows * present / n)), level)


def _js_null(sketch: ColumnSketch, rows: int, level: float, seed: int) -> float:
    import numpy as np
    from scipy.special import gammaincinv

    counts = sketch.bins()
    shares = counts[counts > 0] / counts.sum()
    if len(shares) < 2:
        return 0.0
    random = np.random.default_rng(seed)
    draws = max(50, min(_DRAWS, _CELLS // len(shares)))
    sides = [random.multinomial(size, shares, size=draws) / size for size in (int(counts.sum()), rows)]
    divergences = js_divergence(*sides)
    mean, variance = float(divergences.mean()), float(divergences.var(ddof=1))
    if not variance:
        return float(np.sqrt(mean))
    upper = float(gammaincinv(mean**2 / variance, 1 - level)) * variance / mean
    return float(np.sqrt(min(1.0, upper)))


def _share_null(share: float, n: int, rows: int, level: float) -> float:
    """By how much a share may differ in ``rows`` rows if it was ``share`` in ``n``, in either direction.

    Both sides vary: as much as one side of n * rows / (n + rows) rows. A share never seen is taken as one in n + 1.
    """
    together = max(1, round(rows * n / (rows + n)))
    likely = min(max(share, 1 / (n + 1)), 1 - 1 / (n + 1))
    return max(_quantile(part, together, level) - part for part in (likely, 1 - likely))


def _quantile(share: float, rows: int, level: float) -> float:
    """The share of ``rows`` rows that is exceeded with probability at most ``level`` (binomial distribution)."""
    from math import ceil, isfinite

    from scipy.special import bdtrik

    if share >= 1:
        return 1.0
    place = float(bdtrik(1 - level, rows, share))  # not a number where even 0 is exceeded too rarely
    return min(1.0, max(0, ceil(place)) / rows) if isfinite(place) else 0.0


def _lifted(found: list[Threshold], reference: Reference, table: Table, chunk_rows: int) -> list[Threshold]:
    """Raise thresholds to the largest value that consecutive chunks of the reference show."""
    step = max(chunk_rows, reference.rows // _WINDOWS)
    highest: dict[tuple[str, Statistic], float] = {}
    for start in range(0, reference.rows - chunk_rows + 1, step):
        report = compare(reference, table, window=(start, start + chunk_rows))
        for column in report.columns:
            for name, value in _values(column).items():
                highest[column.name, name] = max(value, highest.get((column.name, name), 0.0))
    return [
        msgspec.structs.replace(limit, value=max(limit.value, highest.get((limit.column, limit.statistic), 0.0)))
        for limit in found
    ]


def _sentence(column: ColumnDrift, name: Statistic, value: float, limit: float) -> str:
    p = f"p {'< 0.001' if (column.p_value or 0) < 0.001 else f'= {column.p_value:.3f}'}"
    said = {
        "js": f"its values moved (Jensen-Shannon distance {value:.2f}, alarm above {limit:.2f}; {p})",
        "missing": f"missing in {column.missing_after or 0:.1%} of rows, {column.missing_before or 0:.1%} in the "
        f"reference (alarm from a change of {limit:.1%})",
        "infinite": f"infinite in {column.infinite_after:.2%} of rows, {column.infinite_before:.2%} in the reference",
        "new_categories": f"{value:.1%} of its values are in categories the reference does not have, such as "
        f"{', '.join(repr(one.value[:30]) for one in column.new_categories[:3])} (alarm above {limit:.1%})",
        "out_of_range": f"{value:.1%} of its values lie outside the range of the reference (alarm above {limit:.1%})",
    }
    return f"{column.name}: {said[name]}."

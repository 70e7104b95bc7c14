"""A sorted sample as counts over a grid of cut points, and the distances of two samples on the same grid.

Values equal to a cut point are counted apart from those between cut points, whose sum is kept too. So distances are
exact wherever a cell holds values of one side only or the distribution functions do not cross in it, and elsewhere
there is a bound that follows from the counts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from benchbook.monitoring.formulas import Distances

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CELLS = 400
"""A cell between two cut points holds at most this part of the reference's values: 1/400."""
DISCRETE = 20
"""Columns of at most so many different numbers have one bin for each."""
DECILES = 10
BARS = 20
_ROUNDING = 1e-12


class Counted(msgspec.Struct, frozen=True):
    """Counts of one sample over a grid: ``equal`` to each edge, and ``between`` edges with their ``sums``.

    ``between[i]`` is what lies below edge i and above edge i - 1; the first and last are what lies outside. Sums are of
    the values' distances from the middle edge, so that times, far from 0 and close together, lose no digits.
    """

    equal: list[int]
    between: list[int]
    sums: list[float]


class Grid(msgspec.Struct, frozen=True):
    """Cut points of a reference, in rising order.

    ``cuts`` are the places (in ``edges``) of the borders of the bins for PSI and Jensen-Shannon: the deciles, open at
    both ends, or each value where there are few. ``bars`` are those of the bars of a plot.
    """

    edges: list[float]
    cuts: list[int]
    bars: list[int]
    discrete: bool


def make_grid(values: Floats) -> Grid:
    """Return the grid of a sorted, finite, non-empty sample.

    Edges are the quantiles in steps of 1/`CELLS` (inverted distribution function: each is a value of the sample), or
    all different values if there are no more; and the borders of the bars, equal in width over the middle 99 %.
    """
    import numpy as np

    edges = np.unique(values[_places(len(values), CELLS)])
    if len(edges) <= CELLS:  # some quantiles are equal, so there may be few different values
        different: Floats = values[np.concatenate([[True], values[1:] > values[:-1]])]
        edges = different if len(different) <= CELLS else edges
    if len(edges) <= DISCRETE:
        places = list(range(len(edges)))
        return Grid(edges.tolist(), places, places, discrete=True)
    deciles = np.unique(values[_places(len(values), DECILES)[1:-1]])
    low, high = (values[int(part * (len(values) - 1))] for part in (0.005, 0.995))
    share = np.arange(1, BARS) / BARS
    borders = np.unique(low * (1 - share) + high * share)
    edges = np.unique(np.concatenate([edges, deciles, borders]))
    cuts, bars = (np.searchsorted(edges, some).tolist() for some in (deciles, borders))
    return Grid(edges.tolist(), cuts, bars, discrete=False)


def _places(count: int, parts: int) -> list[int]:
    """Where the quantiles 0, 1/parts, …, 1 of ``count`` sorted values stand, by the inverted distribution function."""
    return [max(0, -(-count * k // parts) - 1) for k in range(parts + 1)]


def count(values: Floats, grid: Grid) -> Counted:
    """Count a sorted, finite sample, which may be empty, over a grid."""
    import numpy as np

    edges = np.asarray(grid.edges)
    middle = edges[len(edges) // 2]
    below, through = np.searchsorted(values, edges, "left"), np.searchsorted(values, edges, "right")
    starts = np.concatenate([[0], through])
    between = np.concatenate([below, [len(values)]]) - starts
    sums = np.zeros(len(between))
    filled = between > 0
    with np.errstate(over="ignore", invalid="ignore"):
        # reduceat adds each cell from its start up to the next border, edges' own values being cells of their own.
        borders = np.stack([starts[filled], starts[filled] + between[filled]], axis=1).ravel()
        padded = np.append(values, 0.0) - middle
        sums[filled] = np.add.reduceat(padded, borders)[::2] if filled.any() else 0.0
    return Counted((through - below).tolist(), between.tolist(), sums.tolist())


def bin_counts(counted: Counted, grid: Grid) -> Ints:
    """Return the rows in each bin of ``grid.cuts``.

    Bins are (-inf, c1], (c1, c2], …, (ck, inf); where each value has its bin, the first is split before c1.
    """
    return _grouped(counted, grid.cuts, split_first=grid.discrete)


def bar_counts(counted: Counted, grid: Grid) -> Ints:
    """Return the rows in each bar of ``grid.bars``, as `bin_counts` does."""
    return _grouped(counted, grid.bars, split_first=grid.discrete)


def _grouped(counted: Counted, places: list[int], *, split_first: bool) -> Ints:
    import numpy as np

    equal, between = np.asarray(counted.equal), np.asarray(counted.between)
    through = np.cumsum(between[:-1] + equal)
    ends = [*([int(between[0])] if split_first else []), *through[places].tolist(), int(through[-1] + between[-1])]
    return np.diff([0, *ends])


def grid_distances(reference: Counted, chunk: Counted, grid: Grid) -> Distances:
    """Return the distances of two non-empty samples from their counts, with how far each may be off.

    The KS statistic is exact at and beside each edge; inside an open cell the distribution functions differ at most by
    what their values at its two ends allow. The area inside a cell is exact where they do not cross in it; where they
    may, it lies between the absolute value of the signed area, which is returned, and the Edmundson-Madansky bound
    (1956, 1959).
    """
    import numpy as np

    edges = np.asarray(grid.edges)
    r_at, r_in, r_sum, n = _parts(reference)
    c_at, c_in, c_sum, m = _parts(chunk)
    r_end, c_end = np.cumsum(r_in[:-1] + r_at) / n, np.cumsum(c_in[:-1] + c_at) / m  # at each edge
    r_before, c_before = r_end - r_at / n, c_end - c_at / m  # just before each edge
    ks = max(np.abs(r_end - c_end).max(), np.abs(r_before - c_before).max())
    # Inside the cell between edge i - 1 and edge i the difference lies in [low, high].
    low, high = r_end[:-1] - c_before[1:], r_before[1:] - c_end[:-1]
    widest = float(np.maximum(-low, high).max(initial=0.0))
    with np.errstate(over="ignore", invalid="ignore"):
        width = np.diff(edges)
        edges = edges - edges[len(edges) // 2]
        inside = (r_in[1:-1] * edges[1:] - r_sum[1:-1]) / n - (c_in[1:-1] * edges[1:] - c_sum[1:-1]) / m
        signed = (r_end[:-1] - c_end[:-1]) * width + inside
        # The reference has nothing outside its edges, so there the area is exact.
        tails = (c_in[0] * edges[0] - c_sum[0] + c_sum[-1] - c_in[-1] * edges[-1]) / m
        most, least = _crossing(signed, width, low, high), np.abs(signed)
        area, error = float(tails + least.sum()), float((most - least).sum())
    return Distances(
        float(ks),
        area if np.isfinite(area) else None,
        ks_error=widest - float(ks) if widest > ks + _ROUNDING else 0.0,
        wasserstein_error=error if np.isfinite(error) else 0.0,
    )


def _crossing(signed: Floats, width: Floats, low: Floats, high: Floats) -> Floats:
    """The largest area |d| can have, d lying in [low, high] with the integral ``signed`` over ``width``."""
    import numpy as np

    crosses = (low < -_ROUNDING) & (high > _ROUNDING)
    spread = np.where(crosses, high - low, 1.0)
    above = np.clip((signed - low * width) / spread, 0.0, width)
    most: Floats = np.where(crosses, high * above - low * (width - above), np.abs(signed))
    return np.maximum(most, np.abs(signed))


def _parts(counted: Counted) -> tuple[Floats, Floats, Floats, int]:
    import numpy as np

    equal, between, sums = (np.asarray(part, float) for part in (counted.equal, counted.between, counted.sums))
    return equal, between, sums, int(equal.sum() + between.sum())

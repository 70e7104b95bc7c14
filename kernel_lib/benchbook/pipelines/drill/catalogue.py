"""The faults a drill knows: what each does to which columns of this project's data, and which alarm it should ring.

Unless a column is named, a fault takes the input on which the served model's predictions hang most (`rank_inputs`): a
fault there does most harm, so its alarm is the one that must not fail.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchbook.errors import InvalidInput
from benchbook.pipelines.drill import faults
from benchbook.pipelines.drill.inputs import Input

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from benchbook.project.monitor_config import MonitorConfig

    Rows = NDArray[np.bool_]

LATE = 2
"""Chunks by which labels come late."""


@dataclass(frozen=True)
class Scene:
    """What a fault is made for: inputs in order of importance, rows (n,) of clean chunks, and how many are faulty."""

    monitor: MonitorConfig
    inputs: list[Input]
    column: str | None
    clean: pa.Table
    faulty: int
    seed: int

    def draw(self, fault: str, chunk: int) -> np.random.Generator:
        """The same numbers each time for one fault and chunk, whatever else is drilled."""
        import numpy as np

        return np.random.default_rng([self.seed, zlib.crc32(fault.encode()), chunk])

    def pick(self, kind: str = "") -> Input:
        """The column named, else the most important input of ``kind``.

        Raises:
            InvalidInput: there is none, or the one named is of another kind.
        """
        if self.column is not None:
            named = next((one for one in self.inputs if one.name == self.column), None)
            if named is None or kind not in ("", named.kind):
                what = f"of type {named.type}" if named else "no input of the model"
                raise InvalidInput(f"{self.column} is {what}; this fault needs {_KINDS[kind]}.")
            return named
        found = next((one for one in self.inputs if kind in ("", one.kind)), None)
        if found is None:
            raise InvalidInput(f"None of the {len(self.inputs)} inputs is {_KINDS[kind]}.")
        return found


_KINDS = {"": "an input", "number": "a column of numbers", "text": "a column of categories (text)"}
Change = Callable[["pa.Table", "Rows", int], "pa.Table"]
"""Table, rows of one chunk, and which faulty chunk it is (from 0), to the table with the fault in these rows."""


@dataclass(frozen=True)
class Broken:
    """A fault made ready for one scene. ``inputs``: it changes what the model is asked, and so what it answers."""

    columns: list[str]
    what: str
    change: Change
    inputs: bool = True
    late: int = 0
    """Chunks by which labels come later than they would."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault. ``hoped`` are the kinds of alert that should tell it, within ``patience`` chunks."""

    name: str
    title: str
    make: Callable[[Scene], Broken]
    hoped: tuple[str, ...] = ("drift", "quality")
    patience: int = 0
    grows: bool = False


def _unit(scene: Scene) -> Broken:
    column = scene.pick("number").name
    what = f"{column} × {faults.KILOMETRES:.4g}, as kilometres where miles were meant"
    return Broken([column], what, lambda table, rows, _: faults.change_unit(table, rows, column))


def _category(scene: Scene) -> Broken:
    column = scene.pick("text").name
    what = f"{faults.NEW_SHARE:.0%} of {column} is {faults.NEW_CATEGORY!r}"

    def change(table: pa.Table, rows: Rows, chunk: int) -> pa.Table:
        return faults.add_category(table, rows, column, scene.draw("category", chunk))

    return Broken([column], what, change)


def _missing(scene: Scene) -> Broken:
    column = scene.pick().name

    def change(table: pa.Table, rows: Rows, chunk: int) -> pa.Table:
        return faults.drop_values(table, rows, column, scene.draw("missing", chunk))

    return Broken([column], f"{faults.MISSING:.0%} of {column} is missing", change)


def _shift(deviations: float) -> Callable[[Scene], Broken]:
    def make(scene: Scene) -> Broken:
        column = scene.pick("number").name
        by = deviations * _deviation(scene, column)
        what = f"{column} + {by:.4g}, {deviations:g} standard deviations"
        return Broken([column], what, lambda table, rows, _: faults.shift_mean(table, rows, column, by))

    return make


def _deviation(scene: Scene, column: str) -> float:
    """The standard deviation over the clean chunks.

    Raises:
        InvalidInput: it is none: the column is constant, or has no values.
    """
    import numpy as np
    import pyarrow as pa

    values = scene.clean.column(column).cast(pa.float64(), safe=False).to_numpy()
    values = values[np.isfinite(values)]
    found = float(values.std()) if len(values) else 0.0
    if not found:
        raise InvalidInput(f"{column} does not vary in the clean chunks, so it has no standard deviation to shift by.")
    return found


def _swap(scene: Scene) -> Broken:
    numbers = [one for one in scene.inputs if one.kind == "number"]
    types = {one.name: scene.clean.schema.field(one.name).type for one in numbers}
    firsts = [scene.pick("number")] if scene.column is not None else numbers
    for first in firsts:
        other = next((one for one in numbers if one.name != first.name and types[one.name] == types[first.name]), None)
        if other is not None:
            return _swapped(first.name, other.name)
    raise InvalidInput("No two inputs are numbers of one type, so none can be swapped unnoticed.")


def _swapped(first: str, second: str) -> Broken:
    what = f"{first} and {second} stand in each other's place"
    return Broken([first, second], what, lambda table, rows, _: faults.swap_columns(table, rows, first, second))


def _late_labels(scene: Scene) -> Broken:
    target = _target(scene)
    return Broken([target], f"{target} comes {LATE} chunks later", lambda table, _rows, _: table, False, LATE)


def _concept(scene: Scene) -> Broken:
    target, column = _target(scene), scene.pick("number").name

    def change(table: pa.Table, rows: Rows, chunk: int) -> pa.Table:
        share = (chunk + 1) / scene.faulty
        return faults.change_concept(table, rows, target, column, scene.draw("concept", chunk), share)

    what = f"{target} is handed out in reverse order of {column}, in a share growing to all in {scene.faulty} chunks"
    return Broken([target], what, change, inputs=False)


def _target(scene: Scene) -> str:
    if not scene.monitor.target:
        raise InvalidInput("The monitor has no `target:`, so it never sees what came true.")
    if scene.monitor.target not in scene.clean.column_names:
        raise InvalidInput(f"The data has no column {scene.monitor.target!r}, the monitor's target.")
    return scene.monitor.target


FAULTS = {
    fault.name: fault
    for fault in (
        Fault("unit", "a number comes in another unit (× 1.609, miles read as kilometres)", _unit),
        Fault("category", "a category comes that was never seen (20 % of rows)", _category),
        Fault("missing", "30 % of a column's values are missing", _missing),
        Fault("small-shift", "a number is shifted by 0.3 standard deviations", _shift(0.3)),
        Fault("large-shift", "a number is shifted by 1 standard deviation", _shift(1.0)),
        Fault("swap", "two columns of numbers stand in each other's place", _swap),
        Fault("late-labels", f"what came true is known {LATE} chunks later than usual", _late_labels, ("labels",)),
        Fault(
            "concept", "the answers turn round, more of them from chunk to chunk", _concept, ("performance",), 1, True
        ),
    )
}
"""Every fault by its name, in the order in which a drill tries them."""

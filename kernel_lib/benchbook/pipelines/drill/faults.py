"""The faults of a fire drill: small pure functions from a table to the table as it would come once something broke.

Only the rows of ``where`` (n,) change, and only the columns named; every other column stays the very same, its type
and the frame's own metadata included. What is drawn is drawn from the generator given, so a seed repeats a drill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchbook.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Rows = NDArray[np.bool_]

KILOMETRES = 1.609344
"""Kilometres in a mile: the smaller of the usual mistakes, so a monitor that sees it sees seconds for minutes too."""
MISSING = 0.3
NEW_SHARE = 0.2
NEW_CATEGORY = "drill: new"


def change_unit(table: pa.Table, where: Rows, column: str, factor: float = KILOMETRES) -> pa.Table:
    """Multiply a number column by ``factor``; whole numbers stay whole.

    Raises:
        InvalidInput: there is no such column, or it holds no numbers.
    """
    return _numbers(table, where, column, lambda values: values * factor)


def shift_mean(table: pa.Table, where: Rows, column: str, by: float) -> pa.Table:
    """Add ``by``, in the column's own unit, to a number column; raises as `change_unit`."""
    return _numbers(table, where, column, lambda values: values + by)


def drop_values(
    table: pa.Table, where: Rows, column: str, random: np.random.Generator, share: float = MISSING
) -> pa.Table:
    """Let each value of a column be missing with probability ``share``, whatever it is (missing at random).

    Raises:
        InvalidInput: there is no such column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, column)
    gone = where & (random.random(len(where)) < share)
    return _put(table, column, pc.if_else(pa.array(gone), pa.scalar(None, values.type), values))


def add_category(
    table: pa.Table, where: Rows, column: str, random: np.random.Generator, share: float = NEW_SHARE
) -> pa.Table:
    """Replace each value of a text column with one that was never seen, with probability ``share``.

    Raises:
        InvalidInput: there is no such column, or it holds no text.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, column)
    fresh = where & (random.random(len(where)) < share)
    if not pa.types.is_dictionary(values.type):
        if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
            raise InvalidInput(f"The column {column!r} is of type {values.type}, not text.")
        return _put(table, column, pc.if_else(pa.array(fresh), pa.scalar(NEW_CATEGORY, values.type), values))
    known, codes = values.dictionary, values.indices.cast(pa.int32())
    if not (pa.types.is_string(known.type) or pa.types.is_large_string(known.type)):
        raise InvalidInput(f"The column {column!r} has categories of type {known.type}, not text.")
    # The known categories keep their numbers: what was fitted on them reads the other rows as before.
    longer = pa.concat_arrays([known, pa.array([NEW_CATEGORY], known.type)])
    changed = pc.if_else(pa.array(fresh), pa.scalar(np.int32(len(known))), codes)
    return _put(table, column, pa.DictionaryArray.from_arrays(changed, longer, ordered=values.type.ordered))


def swap_columns(table: pa.Table, where: Rows, first: str, second: str) -> pa.Table:
    """Let two columns of one type stand in each other's place.

    Raises:
        InvalidInput: there is no such column, or their types differ.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    one, other = _column(table, first), _column(table, second)
    if one.type != other.type or pa.types.is_dictionary(one.type):
        raise InvalidInput(f"The columns {first!r} ({one.type}) and {second!r} ({other.type}) cannot be swapped.")
    rows = pa.array(where)
    return _put(_put(table, first, pc.if_else(rows, other, one)), second, pc.if_else(rows, one, other))


def withhold(table: pa.Table, where: Rows, target: str) -> pa.Table:
    """Take the labels away, as if they had not come yet; raises as `drop_values`."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, target)
    return _put(table, target, pc.if_else(pa.array(where), pa.scalar(None, values.type), values))


def change_concept(
    table: pa.Table, where: Rows, target: str, column: str, random: np.random.Generator, share: float
) -> pa.Table:
    """Hand the target out in reverse order of a number column, in a ``share`` of the rows drawn at random.

    Inputs and answers stay the same as a whole, so neither P(X) nor P(y) moves while P(y | X) does: what went with high
    values goes with low ones. Rows where the column is missing count as the highest.

    Raises:
        InvalidInput: there is no such column, or it holds no numbers.
    """
    import numpy as np
    import pyarrow as pa

    answers, values = _column(table, target), _floats(_column(table, column), column)
    turned = np.flatnonzero(where & (random.random(len(where)) < share))
    order = turned[np.argsort(values[turned], kind="stable")]
    places = np.arange(table.num_rows)
    places[order] = order[::-1]
    return _put(table, target, answers.take(pa.array(places)))


def _column(table: pa.Table, name: str) -> Any:
    if name not in table.column_names:
        shown = ", ".join(table.column_names[:20])
        raise InvalidInput(f"The data has no column {name!r}.", hint=f"It has {shown}.")
    return table.column(name).combine_chunks()


def _put(table: pa.Table, name: str, values: Any) -> pa.Table:
    """The table with other values in a column, at its place, the frame's metadata kept."""
    return table.set_column(table.column_names.index(name), name, values)


def _is_number(type_: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))


def _floats(values: Any, column: str) -> NDArray[np.float64]:
    import pyarrow as pa

    if not _is_number(values.type):
        raise InvalidInput(f"The column {column!r} is of type {values.type}, not a number.")
    plain: NDArray[np.float64] = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return plain


def _numbers(table: pa.Table, where: Rows, column: str, change: Any) -> pa.Table:
    """Change the numbers of a column; it keeps its type unless the new numbers do not fit into it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, column)
    plain = _floats(values, column)
    new = np.where(where, change(plain), plain)
    whole = pa.types.is_integer(values.type)
    made = pa.array(np.round(new) if whole else new, pa.float64(), mask=np.asarray(pc.is_null(values)))
    for type_ in (values.type, pa.int64()) if whole else (values.type,):
        try:
            fitted = made.cast(type_)
        except pa.ArrowInvalid:  # larger than the type holds, as a feed in another unit would be
            continue
        # Rows that do not change keep the very bits they had: whole numbers beyond 2^53 are no floats.
        return _put(table, column, pc.if_else(pa.array(where), fitted, values.cast(type_)))
    return _put(table, column, made)

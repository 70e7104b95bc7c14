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
    table: pa.Table, where: Rows, target: str, region: Rows, random: np.random.Generator, share: float
) -> pa.Table:
    """Turn the target round in ``share`` of the rows of ``region``: what went with yes goes with no.

    The inputs stay as they are, so P(X) does not move while P(y | X) does. Two values change places; numbers of more
    than two values are mirrored at their median.

    Raises:
        InvalidInput: there is no such column, or its values are neither of two kinds nor numbers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, target)
    turned = where & region & (random.random(len(where)) < share)
    different = pc.drop_null(pc.unique(values))
    if len(different) == 2 and not pa.types.is_dictionary(values.type):
        other = pc.if_else(pc.equal(values, different[0]), different[1], different[0])
        return _put(table, target, pc.if_else(pa.array(turned), other, values))
    if not _is_number(values.type):
        what = f"The target {target!r} has {len(different)} values of type {values.type}"
        raise InvalidInput(f"{what}: only two values or numbers can be turned round.")
    middle = pc.quantile(values.cast(pa.float64()), 0.5)[0].as_py()
    return _numbers(table, turned, target, lambda numbers: 2 * middle - numbers)


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


def _numbers(table: pa.Table, where: Rows, column: str, change: Any) -> pa.Table:
    """Change the numbers of a column; it keeps its type unless the new numbers do not fit into it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = _column(table, column)
    if not _is_number(values.type):
        raise InvalidInput(f"The column {column!r} is of type {values.type}, not a number.")
    plain = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
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

"""From rows as they come in JSON to the columns a model takes: every value is checked against the signature first.

A wrong row is refused with its number, column and value before it meets other requests. What a model may well handle
(a category it never saw, a column too many, a missing number) passes and is told as a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import InvalidInput
from benchbook.models.records import Field, Signature

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"(u?int|float)(\d+)")
_TEXT = ("str", "string", "object", "category")
_MISSING = object()
_SHOWN = 20
"""Warnings of one kind that are told one by one."""
_NAN = float("nan")


class RowError(InvalidInput):
    """A row that the model cannot take: names the row (counted from 0), the column, the value and what is expected."""

    status = 422

    def __init__(
        self,
        what: str,
        *,
        hint: str = "",
        row: int | None = None,
        column: str = "",
        value: str = "",
        expected: str = "",
        near: Sequence[str] = (),
    ) -> None:
        super().__init__(what, hint=hint)
        self.row = row
        self.column = column
        self.value = value
        self.expected = expected
        self.near = list(near)


class _Kind(msgspec.Struct, frozen=True):
    """How one column is checked and built: ``read`` returns the value for the frame, or `_MISSING` if it cannot be."""

    field: Field
    expected: str
    read: Callable[[Any], Any]
    build: Callable[[list[Any]], Any]


class RowReader:
    """Checks rows against one signature and builds frames of them. Made once per model version.

    ``known`` tells, for columns where that can be told, the categories the model has seen.

    Raises:
        InvalidInput: a column has a type that JSON cannot bring.
    """

    def __init__(self, signature: Signature, known: Mapping[str, frozenset[Any]]) -> None:
        self._kinds = [_kind(field) for field in signature.inputs]
        self._names = [field.name for field in signature.inputs]
        self._known = known

    def read(self, rows: Sequence[Mapping[str, Any]]) -> tuple[list[list[Any]], list[str]]:
        """Return one list of values per column of the signature, and warnings.

        Raises:
            RowError: for the first row that lacks a column or holds a value of another kind.
        """
        given = set().union(*rows)
        columns = [_column(kind, rows) for kind in self._kinds]
        return columns, [*self._extra(given), *self._unseen(columns), *self._absent(columns)]

    def inputs(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """What the model takes of a row that was read, as it was given."""
        return {name: row[name] for name in self._names}

    def frame(self, columns: Sequence[list[Any]]) -> pd.DataFrame:
        """Return columns as the DataFrame the model was registered for."""
        import pandas as pd

        built = {kind.field.name: kind.build(values) for kind, values in zip(self._kinds, columns, strict=True)}
        return pd.DataFrame(built, copy=False)

    def _extra(self, given: set[str]) -> list[str]:
        extra = given.difference(self._names)
        warnings = []
        for name in nsmallest(_SHOWN, extra):
            near = _near(name, self._names)
            meant = f" Is {near[0]!r} meant?" if near else ""
            warnings.append(f"Column {name[:80]!r} is not one the model takes: it was left out.{meant}")
        return warnings + ([f"… and {len(extra) - _SHOWN} more such columns."] if len(extra) > _SHOWN else [])

    def _unseen(self, columns: Sequence[list[Any]]) -> list[str]:
        warnings = []
        for kind, values in zip(self._kinds, columns, strict=True):
            known = self._known.get(kind.field.name)
            if known is not None:
                where = [at for at, value in enumerate(values) if value not in known and value == value]  # noqa: PLR0124  NaN
                warnings += [
                    f"Row {at}, column {kind.field.name!r}: the model has never seen {_shown(values[at])}."
                    for at in where
                    if values[at] is not None
                ]
        rest = len(warnings) - _SHOWN
        return [*warnings[:_SHOWN], f"… and {rest} more such values."] if rest > 0 else warnings

    def _absent(self, columns: Sequence[list[Any]]) -> list[str]:
        warnings = []
        for kind, values in zip(self._kinds, columns, strict=True):
            count = 0 if kind.field.optional else sum(value is None or value != value for value in values)  # noqa: PLR0124
            if count:
                rows = "1 row" if count == 1 else f"{count} rows"
                warnings.append(
                    f"Column {kind.field.name!r} is missing in {rows}; it never was in the model's example."
                )
        return warnings


def example_row(signature: Signature) -> dict[str, Any]:
    """One row that fits the signature, of its example values."""
    return {field.name: field.example for field in signature.inputs}


def _column(kind: _Kind, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    name, read = kind.field.name, kind.read
    values = [read(row.get(name, _MISSING)) for row in rows]
    if _MISSING in values:
        at = values.index(_MISSING)
        raise _lacking(at, name, rows[at]) if name not in rows[at] else _unfit(at, kind, rows[at][name])
    return values


def _near(name: str, names: Iterable[str]) -> list[str]:
    """Names that look like ``name``; of hostile numbers and lengths only as much is looked at as costs nothing."""
    likely = [one for one in islice(names, 1_000) if len(one) <= 100]
    return get_close_matches(name, likely, n=3, cutoff=0.6) if len(name) <= 100 else []


def _lacking(row: int, column: str, given: Iterable[str]) -> RowError:
    near = _near(column, given)
    hint = f"Is {near[0]!r} meant?" if near else "Each row has every column the model takes; null where unknown."
    what = f"Row {row} lacks the column {column!r}."
    return RowError(what, hint=hint, row=row, column=column, expected=column, near=near)


def _unfit(row: int, kind: _Kind, value: object) -> RowError:
    shown = _shown(value)
    hint = "" if kind.field.example is None else f"For example {_shown(kind.field.example)}."
    what = f"Row {row}, column {kind.field.name!r}: {shown} is not {kind.expected}."
    return RowError(what, hint=hint, row=row, column=kind.field.name, value=shown, expected=kind.expected)


def _shown(value: object) -> str:
    try:
        text = msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, UnicodeEncodeError, TypeError, RecursionError):
        text = ascii(value)
    return text if len(text) <= 80 else text[:79] + "…"


# ---------------------------------------------------------------------------------------------------- kinds of columns


def _kind(field: Field) -> _Kind:
    """How columns of this type are read.

    Raises:
        InvalidInput: JSON cannot bring it.
    """
    name = field.type
    number = _NUMBER.fullmatch(name.lower())
    if number is not None:
        nullable = name[0].isupper()
        return _numbers(field, number[1], nullable=nullable)
    if name in ("bool", "boolean"):
        return _Kind(field, "true or false", _read_bool, _nullable(name) if name == "boolean" else _build_bool)
    if name.startswith(_TEXT):
        if isinstance(field.example, (int, float)):  # a column of objects that are numbers, or numbered categories
            return _Kind(field, "text or a number", _read_plain, _nullable(name))
        return _Kind(field, "text", _read_text, _nullable(name))
    if name.startswith("datetime64"):
        zoned = "," in name
        expected = "a time with its zone" if zoned else "a time without zone"
        return _Kind(field, f"{expected} such as 2013-01-31T12:00:00{'Z' * zoned}", _read_time(name), _nullable(name))
    what = f"Column {field.name!r} is of type {name}, which rows in JSON cannot bring."
    raise InvalidInput(what, hint="Convert it to numbers, text or times in the model, and register that.")


def _numbers(field: Field, base: str, *, nullable: bool) -> _Kind:
    import numpy as np

    dtype = np.dtype(field.type.lower())
    read: Callable[[Any], Any]
    if base == "float":
        expected, read = "a number", _read_float(float(np.finfo(dtype).max))
    else:
        low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
        expected, read = f"a whole number from {low:,} to {high:,}", _read_whole(low, high)
    if nullable:
        return _Kind(field, expected, read, lambda values: _nullable(field.type)([_none_for_nan(v) for v in values]))

    def build(values: list[Any]) -> Any:
        if base != "float" and any(value != value for value in values):  # noqa: PLR0124  NaN, as for missing whole numbers
            return np.array(values, dtype=float)
        return np.array(values, dtype=dtype)

    return _Kind(field, expected, read, build)


def _none_for_nan(value: Any) -> Any:
    return value if value == value else None  # noqa: PLR0124


def _read_float(high: float) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is None:
            return _NAN
        fits = type(value) in (float, int) and -high <= value <= high
        return float(value) if fits else _MISSING

    return read


def _read_whole(low: int, high: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value is None:
            return _NAN
        if type(value) is float and value.is_integer():
            value = int(value)
        return value if type(value) is int and low <= value <= high else _MISSING

    return read


def _read_bool(value: Any) -> Any:
    return value if value is None or isinstance(value, bool) else _MISSING


def _read_text(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else _MISSING


def _read_plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float)) else _MISSING


def _read_time(dtype: str) -> Callable[[Any], Any]:
    zoned = "," in dtype

    def read(value: Any) -> Any:
        if value is None:
            return None
        import pandas as pd

        try:
            time: Any = pd.to_datetime(value) if isinstance(value, str) else pd.NaT
            fits = not pd.isna(time) and (time.tzinfo is not None) == zoned
            return pd.Series([time], dtype=dtype).iloc[0] if fits else _MISSING
        except (ValueError, OverflowError):
            return _MISSING

    return read


def _build_bool(values: list[Any]) -> Any:
    import numpy as np

    if None in values:
        return np.array([_NAN if value is None else float(value) for value in values])
    return np.array(values, dtype=bool)


def _nullable(dtype: str) -> Callable[[list[Any]], Any]:
    def build(values: list[Any]) -> Any:
        import pandas as pd

        series = pd.Series(values, dtype=dtype)
        return series if dtype == "object" else series.array  # an array of objects would be taken for one of text

    return build

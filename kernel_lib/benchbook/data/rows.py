"""Pages of rows for people to look at, as JSON values."""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from typing import Any

from benchbook.data.engine import open_engine
from benchbook.data.profile import kind_of
from benchbook.data.records import Column, RowPage
from benchbook.data.tables import Table
from benchbook.data.values import iso_time, json_value
from benchbook.errors import InvalidInput

ROW_LIMIT = 1_000
"""Rows of the longest page."""


def read_rows(table: Table, total: int, offset: int, limit: int, *, where: str = "") -> RowPage:
    """Return ``limit`` rows from ``offset`` on, in the order of the file; only those that fulfil the SQL ``where``.

    Raises:
        InvalidInput: for an offset below 0 or a limit outside 0 to `ROW_LIMIT`.
    """
    _check_range("offset", offset, 2**63 - 1)
    _check_range("limit", limit, ROW_LIMIT)
    shown = ", ".join(_shown(f"c{at}", column) for at, column in enumerate(table.columns))
    with open_engine(table.path) as engine:
        chosen = f" WHERE {where}" if where else ""
        found = engine.rows(f"SELECT {shown} FROM {table.scan()}{chosen} LIMIT {limit} OFFSET {offset}")
    times = [kind_of(column.type) == "time" for column in table.columns]
    rows = [[_cell(value, is_time=time) for value, time in zip(row, times, strict=True)] for row in found]
    return RowPage(table.columns, rows, offset, total)


def _check_range(name: str, value: object, highest: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= highest:
        rule = f"a whole number from 0 to {highest:,}"
        raise InvalidInput(f"The {name} of a page of rows must be {rule}, not {value!r}.")


def _shown(c: str, column: Column) -> str:
    # Python's datetime holds neither nanoseconds nor years beyond 1 to 9999; DuckDB's own text holds all.
    if kind_of(column.type) == "time" or "TIME" in column.type or "DATE" in column.type:
        return f"{c}::VARCHAR"
    return c


def _cell(value: Any, *, is_time: bool) -> Any:
    return iso_time(value) if is_time else json_value(value)

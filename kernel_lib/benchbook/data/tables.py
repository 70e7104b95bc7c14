"""Stored tables as DuckDB sees them: every column goes by its position (c0, c1, …), never by its name.

So no column name, however odd, doubled or hostile, ever becomes part of a statement, and names that differ only in case
stay apart. CSV files are read with the types and the dialect found once, over the whole file, when they were saved.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from benchbook.data.csv_files import csv_source, find_dialect, uneven
from benchbook.data.engine import Engine, file_literal
from benchbook.data.records import Column, Dialect
from benchbook.errors import InvalidInput


class Table(msgspec.Struct, frozen=True):
    """A stored table: its file, its format and its columns in order; of a CSV file also how it is written."""

    path: Path
    format: Literal["parquet", "csv"]
    columns: list[Column]
    dialect: Dialect | None = None

    def scan(self) -> str:
        """Return what stands after FROM to read it with columns c0, c1 and so on."""
        return f"{self._source()} AS t({', '.join(names(len(self.columns)))})"

    def _source(self) -> str:
        if self.format == "parquet":
            return _parquet_source(self.path)
        return csv_source(self.path, self.dialect, [column.type for column in self.columns])


def names(count: int) -> list[str]:
    """Return the names by position."""
    return [f"c{index}" for index in range(count)]


def inspect_parquet(engine: Engine, path: Path, label: str) -> tuple[Table, int]:
    """Return the table in a Parquet file and its rows.

    Raises:
        InvalidInput: the file is cut or broken, has no columns, or two of one name; ``label`` says which file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(
            f"{label} is no readable Parquet file: {str(error).replace(str(path), label)}", hint=_WHOLE
        ) from error
    check_columns(schema.names, label)
    try:
        found = engine.rows(f"DESCRIBE SELECT * FROM {_parquet_source(path)}")
    except InvalidInput as error:
        raise InvalidInput(f"{label}: {error.what.replace(str(path), label)}", hint=_WHOLE) from error
    columns = [Column(name, row[1].strip('"')) for name, row in zip(schema.names, found, strict=True)]
    return Table(path, "parquet", columns), rows


def inspect_csv(engine: Engine, path: Path, label: str) -> tuple[Table, int]:
    """Return the table in a CSV file and its rows; types are those that fit every row.

    Raises:
        InvalidInput: naming the line where the file is broken, that it is empty or not UTF-8, or has two columns of
            one name.
    """
    if path.stat().st_size == 0:
        raise InvalidInput(f"{label} is empty.")
    try:
        dialect, columns = find_dialect(engine, path)
        table = Table(path, "csv", columns, dialect)
        (rows,) = engine.row(f"SELECT count(*) FROM {table.scan()}")
    except InvalidInput as error:
        why = uneven(path) or error.what.replace(str(path), label)
        hint = "Save it as UTF-8." if "utf-8" in why.lower() else "Repair that line, or save the table as Parquet."
        raise InvalidInput(f"{label} is no readable CSV file: {why}", hint=hint) from error
    # Lines of unequal length would otherwise pass as one column of text.
    if len(columns) == 1 and (why := uneven(path)):
        raise InvalidInput(f"{label} is no readable CSV file: {why}", hint="Repair that line.")
    check_columns([column.name for column in columns], label)
    return table, rows


def check_columns(found: list[str], label: str) -> None:
    """Check that a table has columns and no two of one name.

    Raises:
        InvalidInput: naming the columns.
    """
    if not found:
        raise InvalidInput(f"{label} has no columns.")
    doubled = sorted({name for name in found if found.count(name) > 1}) if len(set(found)) < len(found) else []
    if doubled:
        raise InvalidInput(f"{label} has more than one column named {', '.join(map(repr, doubled[:5]))}.", hint=_RENAME)


_WHOLE = "Write the file again; it may have been cut or may be in another format."
_RENAME = "Rename them so that each name stands once."


def _parquet_source(path: Path) -> str:
    return f"read_parquet({file_literal(path)}, hive_partitioning = false)"

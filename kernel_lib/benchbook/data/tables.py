"""Stored tables as DuckDB sees them: every column goes by its position (c0, c1, …), never by its name.

So no column name, however odd, doubled or hostile, ever becomes part of a statement, and names that differ only in case
stay apart. CSV files are read with the types found once, over the whole file, when the version was saved.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Literal, TextIO, cast

import msgspec

from benchbook.data.engine import Engine, literal
from benchbook.data.records import Column
from benchbook.errors import InvalidInput

_GZIP = b"\x1f\x8b"
_DELIMITERS = ",;\t|"


class Table(msgspec.Struct, frozen=True):
    """A stored table: its file, its format and its columns in order."""

    path: Path
    format: Literal["parquet", "csv"]
    columns: list[Column]

    def scan(self) -> str:
        """Return what stands after FROM to read it with columns c0, c1 and so on."""
        return f"{self._source()} AS t({', '.join(names(len(self.columns)))})"

    def _source(self) -> str:
        if self.format == "parquet":
            return f"read_parquet({literal(str(self.path))})"
        types = ", ".join(literal(column.type) for column in self.columns)
        return _csv(self.path, f"types = [{types}]")


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
        found = engine.rows(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
    except InvalidInput as error:
        raise InvalidInput(f"{label}: {error.what.replace(str(path), label)}", hint=_WHOLE) from error
    columns = [Column(name, row[1].strip('"')) for name, row in zip(schema.names, found, strict=True)]
    return Table(path, "parquet", columns), rows


def inspect_csv(engine: Engine, path: Path, label: str) -> tuple[Table, int]:
    """Return the table in a CSV file and its rows; types are those that fit every row.

    Raises:
        InvalidInput: naming the line where the file is broken, or that it is empty or not UTF-8.
    """
    if path.stat().st_size == 0:
        raise InvalidInput(f"{label} is empty.")
    try:
        found = engine.rows(f"DESCRIBE SELECT * FROM {_csv(path, 'sample_size = -1')}")
        table = Table(path, "csv", [Column(row[0], row[1]) for row in found])
        (rows,) = engine.row(f"SELECT count(*) FROM {table.scan()}")
    except InvalidInput as error:
        why = _uneven(path) or error.what.replace(str(path), label)
        hint = "Save it as UTF-8." if "utf-8" in why.lower() else "Repair that line, or save the table as Parquet."
        raise InvalidInput(f"{label} is no readable CSV file: {why}", hint=hint) from error
    # Lines of unequal length would otherwise pass as one column of text.
    if len(found) == 1 and (why := _uneven(path)):
        raise InvalidInput(f"{label} is no readable CSV file: {why}", hint="Repair that line.")
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


def _csv(path: Path, options: str) -> str:
    # Without skip = 0 DuckDB leaves out first lines that do not fit the rest, a header with a missing name included.
    compression = "gzip" if _is_gzip(path) else "none"
    return f"read_csv({literal(str(path))}, skip = 0, compression = '{compression}', {options})"


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _uneven(path: Path) -> str:
    """Say which line first has another number of values than the header, or nothing."""
    opener = gzip.open if _is_gzip(path) else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            return _uneven_line(cast("TextIO", file))
    except (UnicodeDecodeError, csv.Error, EOFError, OSError):  # then DuckDB's own words tell more
        return ""


def _uneven_line(file: TextIO) -> str:
    header = file.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    expected = len(next(csv.reader([header], delimiter=delimiter), []))
    if expected < 2:
        return ""
    for number, row in enumerate(csv.reader(file, delimiter=delimiter), 2):
        if row and len(row) != expected:
            return f"line {number} has {len(row)} values where the header has {expected}."
    return ""

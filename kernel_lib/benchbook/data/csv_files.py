"""CSV files as DuckDB reads them: how a file is written is found once, over all of it, and kept with its version.

Found again at each reading, from the first 20,480 lines as DuckDB does, a quote further down would be text, and what it
guards several values. No sign begins a comment here: it would take lines away in silence.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path
from typing import TextIO, cast

import msgspec

from benchbook.data.engine import Engine, file_literal, literal
from benchbook.data.records import Column, Dialect
from benchbook.errors import InvalidInput

_GZIP = b"\x1f\x8b"
_DELIMITERS = ",;\t|"
_UNREADABLE = (UnicodeDecodeError, csv.Error, EOFError, OSError, zlib.error)
_NEWLINES = {"\\n": "\n", "\\r\\n": "\r\n", "\\r": "\r"}


def find_dialect(engine: Engine, path: Path) -> tuple[Dialect, list[Column]]:
    """Return how the file is written and its columns: names as written, types that fit every row.

    Two columns may have one name; where the header has none it is ``column`` and the position. Raises as `Engine.rows`.
    """
    dialect, columns = _sniffed(engine, path)
    if not dialect.header:
        return dialect, columns
    whole = csv_source(path, msgspec.structs.replace(dialect, header=False), ["VARCHAR"] * len(columns))
    written = engine.row(f"SELECT * FROM {whole} LIMIT 1")
    given = [(name or "").strip() or f"column{at}" for at, name in enumerate(written)]
    return dialect, [Column(name, column.type) for name, column in zip(given, columns, strict=True)]


def _sniffed(engine: Engine, path: Path) -> tuple[Dialect, list[Column]]:
    try:
        found = _sniff(engine, path)
    except InvalidInput:
        delimiter = _delimiter(path)
        if not delimiter or uneven(path):
            raise
        # Values with line ends inside can hide the header from DuckDB; with it and its delimiter said, all is found.
        return _sniff(engine, path, f""", quote = '"', escape = '"', header = true, delim = {literal(delimiter)}""")
    dialect, columns = found
    if dialect.quote in ("", '"') and dialect.escape in ("", '"'):
        return found
    # An apostrophe before a value ('tis) or a backslash behind one ("C:\\") may be text: it is, where taking it for a
    # sign makes fewer columns, or joins lines into one, compared with reading by RFC 4180.
    try:
        plain = _sniff(engine, path, """, quote = '"', escape = '"'""")
        better = (len(plain[1]), _count(engine, path, *plain)) > (len(columns), _count(engine, path, *found))
    except InvalidInput:
        return found
    return plain if better else found


def _sniff(engine: Engine, path: Path, more: str = "") -> tuple[Dialect, list[Column]]:
    found = engine.row(
        "SELECT Delimiter, Quote, Escape, NewLineDelimiter, HasHeader, DateFormat, TimestampFormat, Columns"
        f" FROM sniff_csv({_options(path)}, sample_size = -1{more})"
    )
    delimiter, quote, escape, newline, header, date, timestamp, columns = found
    dialect = Dialect(
        delimiter=_char(delimiter),
        quote=_char(quote),
        escape=_char(escape),
        newline=_NEWLINES.get(newline, ""),
        header=header,
        date=date or "",
        timestamp=timestamp or "",
    )
    return dialect, [Column(column["name"], column["type"]) for column in columns]


def _count(engine: Engine, path: Path, dialect: Dialect, columns: list[Column]) -> int:
    source = csv_source(path, dialect, [column.type for column in columns])
    return int(engine.row(f"SELECT count(*) FROM {source}")[0])


def csv_source(path: Path, dialect: Dialect | None, types: list[str]) -> str:
    """Return what stands after FROM; a version saved without its dialect has it found at each reading."""
    if dialect is None:
        listed = ", ".join(map(literal, types))
        return f"read_csv({_options(path)}, sample_size = -1, types = [{listed}])"
    columns = ", ".join(f"'c{at}': {literal(kind)}" for at, kind in enumerate(types))
    said = {
        "delim": dialect.delimiter,
        "quote": dialect.quote,
        "escape": dialect.escape,
        "new_line": dialect.newline.replace("\r", "\\r").replace("\n", "\\n"),
        "dateformat": dialect.date,
        "timestampformat": dialect.timestamp,
    }
    always = ("quote", "escape")  # without these DuckDB would assume its own
    given = [f"{name} = {literal(value)}" for name, value in said.items() if value or name in always]
    header = str(dialect.header).lower()
    options = [_options(path), "auto_detect = false", f"header = {header}", *given, f"columns = {{{columns}}}"]
    return f"read_csv({', '.join(options)})"


def uneven(path: Path) -> str:
    """Say which line first has another number of values than the header, or nothing."""
    try:
        with _opened(path) as file:
            return _uneven_line(file)
    except _UNREADABLE:  # then DuckDB's own words tell more
        return ""


def _uneven_line(file: TextIO) -> str:
    header = file.readline()
    delimiter = _most_in(header)
    expected = len(next(csv.reader([header], delimiter=delimiter), []))
    if expected < 2:
        return ""
    for number, row in enumerate(csv.reader(file, delimiter=delimiter), 2):
        if row and len(row) != expected:
            return f"line {number} has {len(row)} values where the header has {expected}."
    return ""


def _delimiter(path: Path) -> str:
    try:
        with _opened(path) as file:
            header = file.readline()
    except _UNREADABLE:
        return ""
    return _most_in(header) if any(sign in header for sign in _DELIMITERS) else ""


def _most_in(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _opened(path: Path) -> TextIO:
    opener = gzip.open if _is_gzip(path) else open
    return cast("TextIO", opener(path, "rt", encoding="utf-8-sig", newline=""))


def _options(path: Path) -> str:
    # Without skip = 0 DuckDB leaves out first lines that do not fit the rest, a header with a missing name included.
    compression = "gzip" if _is_gzip(path) else "none"
    return f"{file_literal(path)}, skip = 0, comment = '', compression = '{compression}', hive_partitioning = false"


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def _char(said: str) -> str:
    return "" if said == "(empty)" else said

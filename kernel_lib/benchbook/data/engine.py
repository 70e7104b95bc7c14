"""DuckDB for work on tables: an in-memory instance for one call, with limits, that sees the named files and no others.

It never sees the store. The instance is locked before any query runs, so a hostile file finds no other file, no
network and no setting to change.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchbook.errors import BenchbookError, InvalidInput, StorageFull

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MEMORY = 2 << 30
_SPILL = 20 << 30


class Engine:
    """Runs SQL and says in Benchbook's words what went wrong."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, params: Sequence[object] = ()) -> None:
        """Run a statement for its effect; raises as `rows`."""
        with _translated():
            self._connection.execute(sql, params)

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query.

        Raises:
            InvalidInput: the data is not what it should be; the text names the place as far as it is known.
            StorageFull: memory and spill space are used up.
        """
        with _translated():
            return self._connection.execute(sql, params).fetchall()

    def row(self, sql: str, params: Sequence[object] = ()) -> tuple[Any, ...]:
        """Return the only row of a query; raises as `rows`."""
        return self.rows(sql, params)[0]

    def arrow(self, sql: str) -> pa.Table:
        """Return the rows of a query as an Arrow table; raises as `rows`."""
        with _translated():
            return self._connection.sql(sql).to_arrow_table()

    def batches(self, sql: str, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a query as Arrow record batches of at most ``rows`` rows; raises as `rows`."""
        with _translated():
            yield from self._connection.sql(sql).to_arrow_reader(rows)


@contextlib.contextmanager
def open_engine(
    *files: Path, memory: int = _MEMORY, threads: int | None = None, spill: int = _SPILL
) -> Iterator[Engine]:
    """Open an instance that may read ``files``, with at most ``memory`` and ``spill`` bytes.

    What does not fit in memory goes to a private folder, which is removed at the end.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="benchbook-spill-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads or min(8, os.cpu_count() or 1),
            "memory_limit": f"{memory}B",
            "temp_directory": folder,
            "max_temp_directory_size": f"{spill}B",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            connection.execute("SET TimeZone = 'UTC'")
            allowed = ", ".join(f"{literal(str(file))}, {file_literal(file)}" for file in files)
            connection.execute(f"SET allowed_paths = [{allowed}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield Engine(connection)
        finally:
            connection.close()


def literal(text: str) -> str:
    """Return ``text`` as an SQL string, for the places where DuckDB takes no parameter."""
    return "'" + text.replace("'", "''") + "'"


def file_literal(path: Path) -> str:
    """Return the path of exactly this file as an SQL string: DuckDB takes ``*``, ``?`` and ``[`` for a pattern.

    The functions that read it take ``hive_partitioning = false`` besides: a folder ``year=2024`` above is no column.
    """
    return literal("".join(f"[{char}]" if char in "*?[" else char for char in str(path)))


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        hint = "Work on fewer columns, or free memory and disk space."
        raise StorageFull(f"The table does not fit in memory and spill space: {_first(error)}", hint=hint) from error
    except duckdb.Error as error:
        raise _explained(error) from error


def _explained(error: duckdb.Error) -> BenchbookError:
    text = str(error)
    if "No space left" in text:
        return StorageFull(
            f"No space is left to work on the table: {_first(error)}", hint="Free some space and repeat."
        )
    return InvalidInput(f"The data cannot be read: {_first(error)}")


def _first(error: duckdb.Error) -> str:
    """The part of DuckDB's message that tells what and where, without its advice for people who write SQL."""
    said: list[str] = []
    for line in str(error).splitlines():
        if not line.strip() or line.startswith(("Possible", "The search space", "LINE ")):
            break
        said.append(line.strip())
    _, _, told = "; ".join(said).partition(": ")
    return told[:500] or str(error)[:500]

"""Stored tables as DataFrames: what was saved as a frame comes back as it was, index and types included."""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from benchbook.data.engine import open_engine
from benchbook.data.sources import UNNAMED
from benchbook.errors import StoreDamaged

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from benchbook.data.tables import Table


def frame_of(table: Table) -> pd.DataFrame:
    """Read a table; raises as the reader of its format."""
    return read_parquet_frame(table) if table.format == "parquet" else read_csv_frame(table)


def read_parquet_frame(table: Table) -> pd.DataFrame:
    """Read a Parquet version.

    Raises:
        StoreDamaged: it cannot be read any more, for example by an older Arrow.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_table(table.path, memory_map=True)
        frame: pd.DataFrame = found.to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise StoreDamaged(f"The stored Parquet file {table.path} cannot be read: {error}") from error
    for level in msgspec.json.decode((found.schema.metadata or {}).get(UNNAMED, b"[]"), type=list[int]):
        frame.index = frame.index.set_names(None, level=level if frame.index.nlevels > 1 else None)
    return frame


def read_batches(table: Table, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield a version as record batches of at most ``rows`` rows; raises as the two above and below."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.format == "csv":
        with open_engine(table.path) as engine:
            schema = [column.name for column in table.columns]
            for batch in engine.batches(f"SELECT * FROM {table.scan()}", rows):
                yield batch.rename_columns(schema)
        return
    try:
        with pq.ParquetFile(table.path) as file:
            yield from file.iter_batches(batch_size=rows)
    except (pa.ArrowException, OSError) as error:
        raise StoreDamaged(f"The stored Parquet file {table.path} cannot be read: {error}") from error


def read_csv_frame(table: Table) -> pd.DataFrame:
    """Read a CSV version with the types found when it was saved; raises InvalidInput as the engine does."""
    with open_engine(table.path) as engine:
        found = engine.arrow(f"SELECT * FROM {table.scan()}")
    frame: pd.DataFrame = found.rename_columns([column.name for column in table.columns]).to_pandas()
    return frame

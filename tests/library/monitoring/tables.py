"""Frames as stored tables, and random ones with known drift."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchbook.data.engine import open_engine
from benchbook.data.tables import Table, inspect_parquet
from benchbook.monitoring import DriftReport, Reference, compare, make_reference


def table_of(folder: Path, data: Any, name: str = "t") -> Table:
    """Write a frame or dict of columns as Parquet and return it as a table."""
    path = folder / f"{name}.parquet"
    pq.write_table(pa.Table.from_pandas(data) if isinstance(data, pd.DataFrame) else pa.table(data), path)
    with open_engine(path) as engine:
        return inspect_parquet(engine, path, name)[0]


def sketch_of(folder: Path, data: Any, columns: list[str] | None = None) -> Reference:
    """Sketch a frame."""
    table = table_of(folder, data, "sketched")
    with open_engine(table.path) as engine:
        return make_reference(engine, table, columns)


def drift_of(folder: Path, before: Any, after: Any, *, exact: bool = True) -> DriftReport:
    """Compare two frames, from the reference's own table or from its sketch alone."""
    reference = table_of(folder, before, "before") if exact else None
    return compare(sketch_of(folder, before), table_of(folder, after, "after"), reference_table=reference)


def normal(rows: int, columns: int = 3, *, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
    """Standard normal columns n0, n1, …, the first moved by ``shift``, and a category column t0."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({f"n{at}": random.normal(size=rows) for at in range(columns)})
    frame["n0"] += shift
    frame["t0"] = random.choice(list("abcde"), size=rows, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    return frame

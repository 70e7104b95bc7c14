"""`bb.sql`: one SELECT over everything Benchbook knows, as a DataFrame."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from benchbook.project import Project, current_project

if TYPE_CHECKING:
    import pandas as pd


def sql(query: str, *, limit: int = 100_000, seconds: float = 30.0, project: Project | None = None) -> pd.DataFrame:
    """Run one SELECT on a read-only copy of the store; at most ``limit`` rows, ended after ``seconds``.

    ``bb.sql("SHOW TABLES")`` lists what there is: runs, params, metrics, latest_metrics, tags, artifacts, links,
    dataset_versions, model_versions, aliases, verdicts, approvals, facts, …

    Timestamps and dates become pandas' own; where a column holds one that pandas has no form for (infinity, the year
    99999), it stays text. So do intervals, decimals and all other types that NumPy does not know.

    Raises:
        InvalidInput: for anything but one SELECT, an error in it, or a limit that was hit.
    """
    import warnings

    import pandas as pd

    result = (project or current_project()).store.run_sql(query, limit=limit, seconds=seconds)
    if result.truncated:
        warnings.warn(f"Only the first {limit:,} rows are shown; give limit=… for more.", UserWarning, stacklevel=2)
    frame = pd.DataFrame(result.rows, columns=pd.Index(result.columns))
    for position, kind in enumerate(result.types):
        if kind in _TIMES:
            with suppress(ValueError):
                frame.isetitem(position, pd.to_datetime(frame.iloc[:, position], format="ISO8601").array)
        elif kind in _LONG_INTEGERS:
            whole = [None if value is None else int(value) for value in frame.iloc[:, position]]
            frame.isetitem(position, pd.Series(whole, dtype=object if any(map(_is_long, whole)) else None).array)
    return frame


_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE")
_LONG_INTEGERS = ("HUGEINT", "UHUGEINT")
"""Those of more than 64 bits arrive as text; NumPy has no form for them, Python has."""


def _is_long(value: int | None) -> bool:
    return value is not None and not -(2**63) <= value < 2**63

"""`bb.sql`: one SELECT over everything Benchbook knows, as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchbook.project import Project, current_project

if TYPE_CHECKING:
    import pandas as pd


def sql(query: str, *, limit: int = 100_000, seconds: float = 30.0, project: Project | None = None) -> pd.DataFrame:
    """Run one SELECT on a read-only copy of the store; at most ``limit`` rows, ended after ``seconds``.

    ``bb.sql("SHOW TABLES")`` lists what there is: runs, params, metrics, latest_metrics, tags, artifacts, links,
    dataset_versions, model_versions, aliases, verdicts, approvals, facts, …

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
        if kind.startswith(("TIMESTAMP", "DATE")):
            frame.isetitem(position, pd.to_datetime(frame.iloc[:, position], format="ISO8601").array)
    return frame

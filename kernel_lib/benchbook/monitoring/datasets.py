"""Drift between two dataset versions: what a person calls from a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from benchbook.data import get_dataset
from benchbook.data.versions import table_of
from benchbook.monitoring.cache import reference_of
from benchbook.monitoring.drift import EXACT_ROWS, compare
from benchbook.monitoring.records import DriftReport
from benchbook.project import Project, current_project
from benchbook.refs import Ref


def compare_datasets(
    reference: str | Ref,
    chunk: str | Ref,
    columns: Sequence[str] | None = None,
    *,
    exact: bool = True,
    project: Project | None = None,
) -> DriftReport:
    """Compare two versions of tables column by column, such as ``compare_datasets("flights:1", "flights:2")``.

    The reference is scanned once and remembered. All statistics are exact up to 250,000 rows a side; beyond, or with
    ``exact=False``, KS and Wasserstein say how far they may be off.

    Raises:
        InvalidInput: a ref cannot be parsed, a version is no table, or the reference has no such column.
        NotFound: there is no such version.
        StoreDamaged: its bytes are gone.
        StorageFull: a column does not fit in memory and spill space.
    """
    project = project or current_project()
    before, after = get_dataset(reference, project=project), get_dataset(chunk, project=project)
    table = table_of(project, after)
    sketch = reference_of(project, before, columns)
    is_small = max(sketch.rows, after.rows or 0) <= EXACT_ROWS
    own = table_of(project, before) if exact and is_small else None
    return compare(sketch, table, label=after.ref, reference_table=own)

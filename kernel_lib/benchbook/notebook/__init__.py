"""The face inside a cell: a live view of the current run, and SQL that answers with a DataFrame."""

from benchbook.notebook.live import live
from benchbook.notebook.sql import sql

__all__ = ["live", "sql"]

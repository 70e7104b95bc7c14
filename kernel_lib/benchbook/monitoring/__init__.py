"""Monitoring, the statistics: how a chunk of data differs from a reference, and how well a model does on it."""

from benchbook.monitoring.cache import reference_of, table_of
from benchbook.monitoring.datasets import compare_datasets
from benchbook.monitoring.drift import compare
from benchbook.monitoring.records import ColumnDrift, DriftReport
from benchbook.monitoring.sketch import Reference, make_reference

__all__ = [
    "ColumnDrift",
    "DriftReport",
    "Reference",
    "compare",
    "compare_datasets",
    "make_reference",
    "reference_of",
    "table_of",
]

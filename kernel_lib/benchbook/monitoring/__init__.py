"""Monitoring, the statistics: how a chunk of data differs from a reference, and how well a model does on it."""

from benchbook.data.versions import table_of
from benchbook.monitoring.cache import reference_of
from benchbook.monitoring.datasets import compare_datasets
from benchbook.monitoring.domain import domain_drift
from benchbook.monitoring.drift import compare
from benchbook.monitoring.estimate import Calibrator, estimate, fit_calibrator, grade
from benchbook.monitoring.performance import binary_performance, number_performance
from benchbook.monitoring.records import ColumnDrift, DomainDrift, DriftReport, Estimate, Performance, Threshold
from benchbook.monitoring.sketch import Reference, make_reference
from benchbook.monitoring.thresholds import alarms, propose_thresholds

__all__ = [
    "Calibrator",
    "ColumnDrift",
    "DomainDrift",
    "DriftReport",
    "Estimate",
    "Performance",
    "Reference",
    "Threshold",
    "alarms",
    "binary_performance",
    "compare",
    "compare_datasets",
    "domain_drift",
    "estimate",
    "fit_calibrator",
    "grade",
    "make_reference",
    "number_performance",
    "propose_thresholds",
    "reference_of",
    "table_of",
]

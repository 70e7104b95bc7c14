"""Data management: versions of tables, files and folders, their profiles, rows and differences."""

from benchbook.data.expectations import ExpectationResult, check_expectations
from benchbook.data.records import DatasetVersion
from benchbook.data.versions import (
    dataset_batches,
    dataset_detail,
    dataset_rows,
    diff_datasets,
    get_dataset,
    list_datasets,
    load_dataset,
    save_dataset,
)

__all__ = [
    "DatasetVersion",
    "ExpectationResult",
    "check_expectations",
    "dataset_batches",
    "dataset_detail",
    "dataset_rows",
    "diff_datasets",
    "get_dataset",
    "list_datasets",
    "load_dataset",
    "save_dataset",
]

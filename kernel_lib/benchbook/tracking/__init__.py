"""Experiment tracking: runs that are started, logged to, finished and asked about."""

from benchbook.tracking.lifecycle import current_run, finish_run, log_artifact, log_metrics, log_params, start_run
from benchbook.tracking.reads import find_runs, get_run, list_runs, metric_curves, run_log
from benchbook.tracking.run import ActiveRun

__all__ = [
    "ActiveRun",
    "current_run",
    "find_runs",
    "finish_run",
    "get_run",
    "list_runs",
    "log_artifact",
    "log_metrics",
    "log_params",
    "metric_curves",
    "run_log",
    "start_run",
]

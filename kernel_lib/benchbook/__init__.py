"""Benchbook: the workbench inside JupyterLab for people who build models in notebooks and keep them accurate.

    import benchbook as bb

    with bb.start_run("train", params={"depth": 6}) as run:
        flights = bb.load_dataset("flights")
        run.log_metric("loss", 0.31, step=1)
        bb.register_model("delay", model, example=X.head())

Names are imported when first used, so `import benchbook` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from benchbook.errors import BenchbookError

if TYPE_CHECKING:
    __version__: str
    from benchbook.data import diff_datasets, get_dataset, list_datasets, load_dataset, save_dataset
    from benchbook.gates import promote
    from benchbook.models import get_model, list_models, load_model, register_model, set_alias
    from benchbook.notebook import live, sql
    from benchbook.pipelines import run_pipeline
    from benchbook.project import use_project
    from benchbook.tracking import (
        current_run,
        find_runs,
        finish_run,
        get_run,
        log_artifact,
        log_metrics,
        log_params,
        start_run,
    )

__all__ = [
    "BenchbookError",
    "__version__",
    "current_run",
    "diff_datasets",
    "find_runs",
    "finish_run",
    "get_dataset",
    "get_model",
    "get_run",
    "list_datasets",
    "list_models",
    "live",
    "load_dataset",
    "load_model",
    "log_artifact",
    "log_metrics",
    "log_params",
    "promote",
    "register_model",
    "run_pipeline",
    "save_dataset",
    "set_alias",
    "sql",
    "start_run",
    "use_project",
]

_ROOMS = {
    "data": ("diff_datasets", "get_dataset", "list_datasets", "load_dataset", "save_dataset"),
    "gates": ("promote",),
    "models": ("get_model", "list_models", "load_model", "register_model", "set_alias"),
    "notebook": ("live", "sql"),
    "pipelines": ("run_pipeline",),
    "project": ("use_project",),
    "tracking": (
        "current_run",
        "find_runs",
        "finish_run",
        "get_run",
        "log_artifact",
        "log_metrics",
        "log_params",
        "start_run",
    ),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'benchbook' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"benchbook.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def _version() -> str:
    """The installed version; a bare checkout that was never installed has none."""
    from importlib import metadata

    try:
        return metadata.version("benchbook")
    except metadata.PackageNotFoundError:
        return "0+checkout"


def __dir__() -> list[str]:
    return sorted(__all__)

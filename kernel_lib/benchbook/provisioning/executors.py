"""Executors run one notebook with params and say what came of it.

`Executor` is the seam: today every notebook gets a cold kernel through papermill; warm kernels and other machines come
in behind the same three records.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Protocol

from benchbook.provisioning.kernels import Kernel

OnCell = Callable[[int, int], None]
"""Told how many code cells of how many are done."""


@dataclass(frozen=True)
class NotebookJob:
    """One notebook to run: valid nbformat-4 JSON, its ``label`` in errors, kernel, working folder, params, more env."""

    content: Mapping[str, Any]
    label: str
    kernel: Kernel
    folder: Path
    params: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CellFailure:
    """Why a notebook did not reach its end. ``cell`` is the 1-based number of the code cell, if one is to blame."""

    kind: Literal["error", "exit", "died", "start", "interrupted"]
    ename: str
    evalue: str
    traceback: str = ""
    cell: int | None = None


@dataclass(frozen=True)
class Execution:
    """What came of a job: the executed copy (of a failure: as far as it got) and the most memory it was seen with."""

    content: dict[str, Any]
    failure: CellFailure | None
    seconds: float
    peak_memory: int = 0


class Executor(Protocol):
    """Something that can run a notebook; what it runs never touches the source file."""

    def execute(self, job: NotebookJob, on_cell: OnCell) -> Execution:
        """Run ``job`` to its end or first failure. An interrupt (Ctrl-C) is an answer, not an exception."""
        ...


class ColdExecutor:
    """Runs each notebook by papermill in a new kernel, and ends that kernel with everything it started."""

    def execute(self, job: NotebookJob, on_cell: OnCell) -> Execution:
        """Run ``job`` to its end or first failure; no process and no file stays behind."""
        from benchbook.provisioning.engine import run_by_papermill

        began = time.monotonic()
        # Not in the project: a socket's path may have 107 characters at most.
        with TemporaryDirectory(prefix="bb-", ignore_cleanup_errors=True) as folder:
            content, failure, peak = run_by_papermill(job, on_cell, Path(folder))
        return Execution(content, failure, time.monotonic() - began, peak)

"""Fixtures of the store's tests: a Store on tmp_path, ways to look at everything it says, and real worker processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchbook.store import Query, Store, Stream

WORKER = Path(__file__).parent / "worker.py"
TABLES = (
    "runs",
    "params",
    "metrics",
    "latest_metrics",
    "tags",
    "artifacts",
    "links",
    "progress",
    "log_lines",
    "facts",
    "aliases",
    "predictions",
    "outcomes",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a project's machine-written files are."""
    made = tmp_path / ".benchbook"
    made.mkdir()
    return made


@pytest.fixture
def store(folder: Path) -> Store:
    """A store nobody else uses."""
    return Store(folder, actor="tester")


@pytest.fixture
def begin(folder: Path) -> Iterator[Callable[..., Stream]]:
    """Begin a run: returns its open stream, closed after the test."""
    opened: list[Stream] = []

    def start(run: str = "run1", **data: Any) -> Stream:
        said = {"name": "train", "experiment": "e", "kind": "run", "user": "u", "host": "h", "pid": 1, **data}
        opened.append(Stream.start(folder / "streams", run, said))
        return opened[-1]

    yield start
    for stream in opened:
        stream.close()


@pytest.fixture
def everything() -> Callable[[Store], dict[str, list[str]]]:
    """Ask a store for all rows of all tables, in an order of their own, with NaN comparable."""

    def ask(store: Store) -> dict[str, list[str]]:
        return {table: sorted(map(repr, store.read(Query(f"SELECT * FROM {table}")))) for table in TABLES}

    return ask


@pytest.fixture
def spawn(folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a worker process of a role; what is left is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", str(WORKER), str(folder), *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()

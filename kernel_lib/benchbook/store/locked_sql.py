"""A user's SQL: one SELECT on a throw-away copy of the store, in a child process with memory, time and access limits.

DuckDB's own limits do not suffice (a single huge value passes its memory limit and cannot be interrupted), and a
read-only attachment could be detached and attached again for writing: a copy and a process of its own can do no harm.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from benchbook.errors import BenchbookError, InvalidInput
from benchbook.store.lock import unwritable

MEMORY = 3 * 1024**3
"""Address space of the child in bytes."""
OUT_OF_MEMORY = 77
"""Exit code of a child that its memory limit ended."""
_KILLED = (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS)
"""What ends a child whose memory is refused in the middle of something."""
_ABANDONED_AFTER = 3600.0
"""Seconds; no query may take a fifth of that."""


class SqlResult(msgspec.Struct, frozen=True, tag=True):
    """Rows of a user's SELECT; ``truncated`` says that there were more than the limit. ``types`` are DuckDB's.

    Numbers, booleans, text, bytes and lists, structs and maps of them are Python's own; all else is text (times in ISO
    form), and so are integers of more than 64 bits.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    truncated: bool


class SqlRequest(msgspec.Struct, frozen=True):
    """What the child is told."""

    path: str
    sql: str
    limit: int
    memory: int
    seconds: float
    """The child's own deadline: who asked may die before it and then ends it no more."""


class SqlFailure(msgspec.Struct, frozen=True, tag=True):
    """What the child could not do."""

    error: str


def json_cell(value: Any) -> Any:
    """A cell as JSON can hold it: NaN and the infinities travel as text, as in every record, and so do keys of maps."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): json_cell(item) for key, item in value.items()}
    return [json_cell(item) for item in value] if isinstance(value, list) else value


def check_request(sql: object, limit: object, seconds: object) -> None:
    """Raises InvalidInput unless the SQL is text and the limits are positive and sane."""
    if not isinstance(sql, str):
        raise InvalidInput(
            f"The SQL {sql!r} is a {type(sql).__name__}, not text.", hint="SHOW TABLES lists what there is."
        )
    if not sql.isascii() and sql != sql.encode("utf-8", "replace").decode():
        raise InvalidInput("The SQL holds half a character (a lone surrogate).", hint="Type it again.")
    if not isinstance(limit, int) or not 1 <= limit <= 1_000_000:
        raise InvalidInput(f"limit={limit!r}: ask for 1 to 1,000,000 rows.")
    if not isinstance(seconds, (int, float)) or not 0 < seconds <= 600:
        raise InvalidInput(f"seconds={seconds!r}: give 0 to 600 seconds.")


def scratch_file(folder: Path) -> Path:
    """A fresh name for the copy, inside the project so that the copy shares its disk and rights."""
    return folder / "tmp" / f"ask-{os.getpid()}-{secrets.token_hex(4)}.duckdb"


def copy_store(store: Path, scratch: Path) -> None:
    """Copy the detached store; the caller holds the project lock."""
    try:
        scratch.parent.mkdir(exist_ok=True, mode=0o700)
        _sweep(scratch.parent)
        shutil.copyfile(store, scratch)
        wal = store.with_name(store.name + ".wal")
        if wal.exists():
            shutil.copyfile(wal, scratch.with_name(scratch.name + ".wal"))
    except OSError as error:
        raise unwritable(scratch, error) from error


def _sweep(folder: Path) -> None:
    """Remove copies whose asker was killed before it could."""
    oldest = time.time() - _ABANDONED_AFTER
    for file in folder.glob("ask-*"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def remove(scratch: Path) -> None:
    """Remove the copy and its log."""
    for file in (scratch, scratch.with_name(scratch.name + ".wal")):
        file.unlink(missing_ok=True)


def run_in_child(scratch: Path, sql: str, limit: int, seconds: float) -> SqlResult:
    """Run the SELECT; the child is killed at the deadline.

    Raises:
        InvalidInput: with DuckDB's own words on what is wrong in the SQL, or the limit that was hit.
        BenchbookError: the child failed for a reason of its own; the last it said.
    """
    request = msgspec.json.encode(SqlRequest(str(scratch), sql, limit, MEMORY, seconds + 3.0))
    command = [sys.executable, "-P", "-m", "benchbook.store.sql_child"]  # -P: a user's queue.py is not Python's
    try:
        done = subprocess.run(command, input=request, capture_output=True, timeout=seconds + 2.0, check=False)
    except subprocess.TimeoutExpired:
        raise InvalidInput(
            f"The query took longer than {seconds:g} s and was stopped.", hint="Narrow it with WHERE or LIMIT."
        ) from None
    if done.returncode == OUT_OF_MEMORY or -done.returncode in _KILLED:
        raise InvalidInput(
            f"The query used more than {MEMORY // 1024**3} GB of memory and was stopped.", hint="Narrow it with WHERE."
        )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2] or "nothing"
        raise BenchbookError(
            f"The process that ran the query ended with code {done.returncode} and said: {said}",
            hint="Ask for fewer columns to find the one it fails at, and report it.",
        )
    answer = msgspec.msgpack.decode(done.stdout, type=SqlResult | SqlFailure)
    if isinstance(answer, SqlFailure):
        raise InvalidInput(
            f"The SQL was refused: {answer.error}", hint="Ask one SELECT; `SHOW TABLES` lists what there is."
        )
    return answer

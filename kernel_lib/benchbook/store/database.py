"""How `store.duckdb` is opened: attached to one in-memory DuckDB instance per process, for the length of one call.

Attaching costs 1 ms where connecting costs 20, and has the very shape of attaching PostgreSQL. Callers hold the
project lock around it. A file that will not open is told apart from a full disk by the named list below.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

_CORRUPT = (
    "not a valid DuckDB database file",
    "Corrupt database file",
    "Failure while replaying WAL",
    "Could not read enough bytes",
    "Failed to deserialize",
    "Failed to load metadata pointer",
    "trying to read a database file with version number",
    "database has been invalidated",
)
_FULL = ("No space left on device", "Disk quota exceeded")

_instances: dict[int, DuckDBPyConnection] = {}
_instance_lock = threading.Lock()
_names = itertools.count(1)


def is_corrupt(error: duckdb.Error) -> bool:
    """Whether this error says that the file itself is broken: then, and only then, it is set aside and rebuilt."""
    text = str(error)
    return not is_full(error) and any(mark in text for mark in _CORRUPT)


def is_full(error: duckdb.Error) -> bool:
    """Whether this error says that the disk is full."""
    return any(mark in str(error) for mark in _FULL)


def instance() -> DuckDBPyConnection:
    """This process's in-memory instance; made anew after a fork, whose child must not use its parent's threads."""
    with _instance_lock:
        pid = os.getpid()
        if pid not in _instances:
            _instances.clear()
            _instances[pid] = duckdb.connect(
                ":memory:",
                config={
                    "threads": 2,
                    "memory_limit": "2GB",
                    "temp_directory": str(Path(tempfile.gettempdir()) / f"benchbook-{os.getuid()}"),
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                },
            )
        return _instances[pid]


def drop_instance() -> None:
    """Forget the instance: a fatal error in one attached file invalidates all of it."""
    with _instance_lock:
        _instances.clear()


def _renew_lock() -> None:
    global _instance_lock  # noqa: PLW0603  a lock held by another thread at the fork would never be released here
    _instance_lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_lock)


class Attached:
    """The open store for one call: a cursor on it, and whether leaving it reached the disk (``checkpointed``)."""

    def __init__(self, cursor: DuckDBPyConnection) -> None:
        self.cursor = cursor
        self.checkpointed = False


@contextmanager
def attach(path: Path) -> Iterator[Attached]:
    """Attach ``path`` and make it the default database; made when absent.

    Leaving detaches, which checkpoints. A full disk at that point is only warned of: the data is in the log beside the
    file, and the next opening goes on from there.
    """
    cursor = instance().cursor()
    name = f"bench_{next(_names)}"
    cursor.execute(f"ATTACH {_quoted(path)} AS {name}")
    attached = Attached(cursor)
    try:
        cursor.execute(f"USE {name}")
        yield attached
    finally:
        attached.checkpointed = _detach(cursor, name)
        cursor.close()


def _detach(cursor: DuckDBPyConnection, name: str) -> bool:
    with suppress(duckdb.TransactionException):  # the usual case: no transaction is open
        cursor.execute("ROLLBACK")
    try:
        cursor.execute("USE memory")
        cursor.execute(f"DETACH {name}")
    except duckdb.Error as error:
        if is_corrupt(error):
            drop_instance()
        warnings.warn(f"Benchbook's store was left without a checkpoint: {error}", RuntimeWarning, stacklevel=2)
        return False
    return True


def _quoted(path: Path) -> str:
    """The path as a SQL literal: ATTACH takes no parameters."""
    return "'" + str(path).replace("'", "''") + "'"


def set_aside(path: Path, why: str) -> None:
    """Move a broken store and its log out of the way together, keeping only the newest such pair, and warn."""
    wal = path.with_name(path.name + ".wal")
    for file in (path, wal):
        if file.exists():
            os.replace(file, file.with_name(file.name + ".broken"))
    message = f"{path} could not be read ({why}); it is rebuilt from the ledger and the streams."
    warnings.warn(message, RuntimeWarning, stacklevel=2)

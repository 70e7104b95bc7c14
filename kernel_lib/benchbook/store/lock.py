"""The project lock: one blocking `flock`, waited for in a helper thread so that the wait has an end.

The kernel queues blocked lockers fairly; polling (as lock-file libraries do) starved some of them for seconds when it
was tried. DuckDB's own file lock is no guard, since closing any descriptor of the file drops it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchbook.errors import InvalidInput, NotAllowed, StorageFull, StoreBusy

_held: set[int] = set()


def _close_inherited() -> None:
    """A forked child must not keep its parent's lock alive."""
    for fd in _held:
        os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_close_inherited)


def _holder(path: Path) -> str:
    """Who holds the lock, as far as the lock file says."""
    try:
        said = json.loads(path.read_bytes())
        return f"pid {said['pid']} on {said['host']} ({said['command']}), since {said['since']}"
    except (ValueError, KeyError, TypeError, OSError):
        return "an unknown process"


def _sign(fd: int) -> None:
    """Write into the lock file who holds it now; without space the lock still holds, it is only unsigned."""
    command = " ".join(sys.argv)[:200] or sys.executable
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
    said = {"pid": os.getpid(), "host": platform.node(), "command": command, "since": since}
    text = json.dumps(said).encode()
    try:
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def _wait(fd: int, seconds: float) -> bool:
    """Block in a helper thread; a grant that comes after we gave up closes itself."""
    state = threading.Lock()
    done = threading.Event()
    outcome: dict[str, bool] = {}

    def block() -> None:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
        except OSError:
            os.close(fd)
            done.set()
            return
        with state:
            if outcome.get("abandoned"):
                os.close(fd)
            else:
                outcome["granted"] = True
        done.set()

    threading.Thread(target=block, name="benchbook-lock", daemon=True).start()
    done.wait(seconds)
    with state:
        if outcome.get("granted"):
            return True
        outcome["abandoned"] = True
        return False


def _open(path: Path, *, write: bool) -> int:
    try:
        if not write:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise (unwritable(path, error) if write else unreadable(error)) from error


def unwritable(path: Path, error: OSError) -> InvalidInput | NotAllowed | StorageFull:
    """Say in Benchbook's words why ``path`` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageFull(f"No space is left to write {path}.", hint="Free space there; nothing recorded is lost.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NotAllowed(
            f"The project folder cannot be written: {path} ({error.strerror}).",
            hint="Make the folder writable, or set BENCHBOOK_PROJECT to a folder that is.",
        )
    return InvalidInput(f"{path} cannot be used: {error.strerror}.", hint="Check that its parent is a folder.")


def unreadable(error: OSError) -> NotAllowed:
    """Say in Benchbook's words that a file of the project could not be read."""
    return NotAllowed(
        f"{error.filename} cannot be read: {error.strerror}.", hint="Ask its owner for the right to read it."
    )


@contextmanager
def hold(path: Path, wait: float, *, write: bool = True) -> Iterator[None]:
    """Hold the project lock at ``path`` for the length of the block, waiting at most ``wait`` seconds.

    Without ``write`` the lock file is neither made nor signed, so that it can be held where nothing may be written;
    where there is none, nobody ever wrote, and nothing is held.

    Raises:
        StoreBusy: when it was not granted in time; names the holder's pid and command.
        NotAllowed: when the folder cannot be written, or without ``write`` not read.
    """
    if not write and not path.exists():
        yield
        return
    fd = _open(path, write=write)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not _wait(fd, wait):
            holder = _holder(path)
            raise StoreBusy(
                f"The project at {path.parent.parent} was busy for {wait:g} s: its lock is held by {holder}.",
                hint="Try again; if that process hangs, end it: nothing is lost by that.",
                holder=holder,
            ) from None
    except OSError as error:
        os.close(fd)
        raise InvalidInput(
            f"The file system of {path.parent} refuses locks ({error.strerror}).",
            hint="Put the project on a local disk or a mount with locks.",
        ) from error
    _held.add(fd)
    try:
        if write:
            _sign(fd)
        yield
    finally:
        if fd in _held:
            _held.discard(fd)
            os.close(fd)

"""Where objects lie: a folder of this machine, or anything fsspec reaches.

Both take an object whole or not at all. The folder writes to a draft beside the objects, which gets its final name
(its hash) only after fsync; so a process killed at any moment leaves no object that is not what its name says.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec

from benchbook.errors import InvalidInput
from benchbook.objects.hashing import HashingWriter
from benchbook.store.lock import unwritable

_INCOMING = ".incoming"
_ABANDONED_AFTER = 24 * 3600.0
_FLUSH_EVERY = 8 << 20


class Blob(msgspec.Struct, frozen=True):
    """What was stored: content id (64 hex digits of BLAKE3) and size in bytes."""

    id: str
    size: int


class Place(Protocol):
    """Holds objects under keys such as ``ab/cdef…``."""

    def add(self, fill: Callable[[HashingWriter], object]) -> Blob:
        """Store whatever ``fill`` writes."""

    def size(self, key: str) -> int | None:
        """Bytes of the object, or None where there is none."""

    def keys(self) -> Iterator[str]:
        """The keys of all objects, in no order."""

    def open(self, key: str) -> BinaryIO:
        """Open the object for reading."""

    def path(self, key: str) -> Path | None:
        """The object as a local file, or None where it is not one."""


def key_of(digest: str) -> str:
    """Return the key of an object, as two levels so that no folder grows too long."""
    return f"{digest[:2]}/{digest[2:]}"


class FolderPlace:
    """Objects in a folder of this machine; they are read-only files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._swept = False

    def add(self, fill: Callable[[HashingWriter], object]) -> Blob:
        """Store whatever ``fill`` writes."""
        with writing(self._root):
            draft = self._draft()
            try:
                with _EagerFile(draft, "xb") as file:
                    writer = HashingWriter(file)
                    fill(writer)
                    blob = Blob(writer.digest(), writer.size)
                    if self.size(key_of(blob.id)) != blob.size:
                        os.fchmod(file.fileno(), 0o444)
                        os.fsync(file.fileno())
                        self._keep(draft, key_of(blob.id))
                return blob
            finally:
                draft.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        """Bytes of the object, or None where there is none."""
        try:
            found = (self._root / key).lstat()
        except FileNotFoundError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def keys(self) -> Iterator[str]:
        """The keys of all objects, in no order."""
        for path in self._root.glob("??/*"):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(self._root).as_posix()

    def open(self, key: str) -> BinaryIO:
        """Open the object for reading."""
        return (self._root / key).open("rb")

    def path(self, key: str) -> Path:
        """The object as a local file."""
        return self._root / key

    def _draft(self) -> Path:
        incoming = self._root / _INCOMING
        incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._swept:
            self._swept = True
            _sweep(incoming)
        return incoming / uuid.uuid4().hex

    def _keep(self, draft: Path, key: str) -> None:
        # An object of another size under this name is no object but damage, which the true bytes may replace.
        target = self._root / key
        target.parent.mkdir(exist_ok=True)
        draft.rename(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class RemotePlace:
    """Objects behind an fsspec URL. A put there shows an object whole or not at all, as buckets promise."""

    def __init__(self, url: str) -> None:
        import fsspec

        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise InvalidInput(f"The place {url!r} cannot be used for objects: {error}") from error

    def add(self, fill: Callable[[HashingWriter], object]) -> Blob:
        """Store whatever ``fill`` writes."""
        # The name is known only after the last byte, and buckets cannot rename: so a private local file first.
        with tempfile.TemporaryDirectory(prefix="benchbook-") as folder, writing(Path(folder)):
            draft = Path(folder, "object")
            with draft.open("xb", buffering=0) as file:
                writer = HashingWriter(file)
                fill(writer)
            blob = Blob(writer.digest(), writer.size)
            key = key_of(blob.id)
            if self.size(key) != blob.size:
                self._files.makedirs(f"{self._root}/{key[:2]}", exist_ok=True)
                self._files.put_file(str(draft), f"{self._root}/{key}")
            return blob

    def size(self, key: str) -> int | None:
        """Bytes of the object, or None where there is none."""
        try:
            return int(self._files.size(f"{self._root}/{key}"))
        except FileNotFoundError:
            return None

    def keys(self) -> Iterator[str]:
        """The keys of all objects, in no order."""
        for path in self._files.find(self._root):
            yield "/".join(path.split("/")[-2:])

    def open(self, key: str) -> BinaryIO:
        """Open the object for reading."""
        file: BinaryIO = self._files.open(f"{self._root}/{key}", "rb")
        return file

    def path(self, key: str) -> Path | None:  # noqa: ARG002 (the other place needs it)
        """None: nothing here is a local file."""
        return None


@contextlib.contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say in Benchbook's words why ``place`` could not be written."""
    try:
        yield
    except OSError as error:
        raise unwritable(place, error) from error


class _EagerFile(io.FileIO):
    """A file that asks the system to write early, so that fsync at the end has little left to wait for.

    Tried with 200 MB: 0.11 s instead of 0.15 s; the advice means 'not needed soon', which starts the writing.
    """

    _advised = 0
    _written = 0

    def write(self, data: Any) -> int:
        count = super().write(data) or 0
        self._written += count
        if self._written - self._advised >= _FLUSH_EVERY and hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self.fileno(), self._advised, self._written - self._advised, os.POSIX_FADV_DONTNEED)
            self._advised = self._written
        return count


def _sweep(incoming: Path) -> None:
    """Remove drafts of writers that died long ago; a living writer touches its draft all the time."""
    oldest = time.time() - _ABANDONED_AFTER
    with os.scandir(incoming) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    Path(entry.path).unlink()

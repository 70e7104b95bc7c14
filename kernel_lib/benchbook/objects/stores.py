"""The object store: put bytes, get an id; give the id, get exactly these bytes or an error, never other ones."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from benchbook.errors import Conflict, InvalidInput, NotAllowed, NotFound, StoreDamaged
from benchbook.objects.borrowed import place_in
from benchbook.objects.hashing import HashingWriter, hash_bytes, hash_stream, strides
from benchbook.objects.manifests import Entry, open_regular, read_manifest, walk, write_manifest
from benchbook.objects.places import Blob, Place, RemotePlace, key_of, writing
from benchbook.store.lock import unreadable

if TYPE_CHECKING:
    from benchbook.project import Project

_ID = re.compile(r"[0-9a-f]{64}")


class ObjectStore:
    """Objects in a folder or behind an fsspec URL. Writing is idempotent and safe beside any number of writers."""

    def __init__(self, root: str | Path, *, cache: Path | None = None) -> None:
        """Use ``root``; ``cache`` is the folder for local copies of remote objects.

        Raises:
            InvalidInput: if ``root`` is a URL that fsspec cannot open.
        """
        url = str(root)
        self._remote = "://" in url and not url.startswith("file://")
        self._place: Place = RemotePlace(url) if self._remote else place_in(Path(url.removeprefix("file://")))
        self._cache = cache or cache_folder() / "objects"

    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data``.

        Raises:
            StorageFull: no space is left; nothing half-written stays.
            NotAllowed: the place cannot be written.
        """
        return self.put_stream(io.BytesIO(data))

    def put_file(self, path: str | Path) -> Blob:
        """Store the content of a file, read once while it is hashed and copied.

        Raises:
            NotFound: there is no such file.
            NotAllowed: it is no regular file or cannot be read, or the place cannot be written.
            StorageFull: no space is left.
        """
        with open_regular(Path(path), follow=True) as file:
            return self.put_stream(file)

    def put_stream(self, source: BinaryIO) -> Blob:
        """Store what is left in ``source``; raises as `put_bytes`."""

        def fill(writer: HashingWriter) -> None:
            for stride in strides(source):
                writer.write(stride)

        return self._place.add(fill)

    def put_with(self, fill: Callable[[HashingWriter], object]) -> Blob:
        """Store what ``fill`` writes into the binary file it is given; raises as `put_bytes`."""
        return self._place.add(fill)

    def put_folder(self, path: str | Path) -> Blob:
        """Store all files of a folder and its manifest; the size is that of the files together.

        Raises:
            NotFound: there is no such folder.
            NotAllowed: a link leaves the folder, or something in it is no regular file.
            StorageFull: no space is left.
        """
        entries = []
        for name, file in walk(Path(path)):
            blob = self.put_stream(file)
            entries.append(Entry(name, blob.id, blob.size))
        manifest = self.put_bytes(write_manifest(entries))
        return Blob(manifest.id, sum(entry.size for entry in entries))

    def has(self, digest: str) -> bool:
        """True if the object is here."""
        return self._place.size(_key(digest)) is not None

    def ids(self) -> Iterator[str]:
        """Yield the ids of all objects that are here, in no order."""
        for key in self._place.keys():  # noqa: SIM118 (no mapping)
            if _ID.fullmatch(digest := key.replace("/", "")):
                yield digest

    def get_bytes(self, digest: str) -> bytes:
        """Return the object's bytes, checked against its id.

        Raises:
            NotFound: it is not here.
            StoreDamaged: its bytes have changed.
        """
        with self.open(digest) as file:
            data = file.read()
        if hash_bytes(data) != digest:
            raise _damaged(digest)
        return data

    def open(self, digest: str) -> BinaryIO:
        """Open the object for reading, unchecked (see `verify`).

        Raises:
            NotFound: it is not here.
            NotAllowed: it may not be read.
        """
        try:
            return self._place.open(_key(digest))
        except (FileNotFoundError, IsADirectoryError) as error:
            raise _absent(digest) from error
        except PermissionError as error:
            raise unreadable(error) from error

    def verify(self, digest: str) -> bool:
        """True if the object's bytes are those its id was made of.

        Raises:
            NotFound: it is not here.
        """
        with self.open(digest) as file:
            return hash_stream(file) == digest

    def local_path(self, digest: str, *, checked: bool = False) -> Path:
        """Return a file of this machine that holds the object; it is read-only and must stay as it is.

        Raises:
            NotFound: it is not here.
            StoreDamaged: ``checked``, and its bytes have changed.
        """
        path = self._place.path(_key(digest))
        if path is None:
            return self._fetched(digest)
        if not self.has(digest):
            raise _absent(digest)
        if checked and not self.verify(digest):
            raise _damaged(digest)
        return path

    def manifest(self, digest: str) -> list[Entry]:
        """Return the files of a stored folder, sorted by path.

        Raises:
            NotFound: it is not here.
            StoreDamaged: it is no manifest, or its bytes have changed.
        """
        return read_manifest(digest, self.get_bytes(digest))

    def checkout(self, digest: str, dest: str | Path) -> Path:
        """Write a read-only copy of the object to the new file ``dest``, checking it on the way.

        Raises:
            NotFound: it is not here.
            StoreDamaged: its bytes have changed; then nothing is left at ``dest``.
            Conflict: something is already at ``dest``.
        """
        target = Path(dest)
        with self.open(digest) as source, writing(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                file = target.open("xb", buffering=0)
            except FileExistsError as error:
                raise Conflict(f"{target} exists already.", hint="Choose a new path.") from error
            try:
                with file:
                    _copy_checked(source, file, digest)
                    os.fchmod(file.fileno(), 0o444)
            except BaseException:
                target.unlink()
                raise
        return target

    def checkout_folder(self, digest: str, dest: str | Path) -> Path:
        """Write read-only copies of a stored folder's files below the new folder ``dest``.

        Raises:
            NotFound, StoreDamaged: an object is missing or changed; then nothing is left at ``dest``.
            Conflict: something is already at ``dest``.
        """
        target = Path(dest)
        entries = self.manifest(digest)
        with writing(target.parent):
            try:
                target.mkdir(parents=True)
            except FileExistsError as error:
                raise Conflict(f"{target} exists already.", hint="Choose a new path.") from error
        try:
            for entry in entries:
                self.checkout(entry.id, target / entry.path)
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return target

    def matches(self, digest: str, path: Path, *, folder: bool = False) -> bool:
        """True if ``path`` is a file with the object's bytes, or (``folder``) a folder with exactly its files."""
        try:
            if folder:
                entries = [Entry(name, hash_stream(file), os.fstat(file.fileno()).st_size) for name, file in walk(path)]
                return hash_bytes(write_manifest(entries)) == check_id(digest)
            with open_regular(path) as file:
                return hash_stream(file) == check_id(digest)
        except (NotFound, NotAllowed):
            return False

    def _fetched(self, digest: str) -> Path:
        cache = ObjectStore(self._cache)
        if not (cache.has(digest) and cache.verify(digest)):
            with self.open(digest) as source:
                blob = cache.put_stream(source)
            if blob.id != digest:
                raise _damaged(digest)
        return cache.local_path(digest)


def objects_of(project: Project) -> ObjectStore:
    """Return the objects of a project."""
    return ObjectStore(project.folder / "objects")


@contextmanager
def bytes_of(ref: str) -> Iterator[None]:
    """Name the version whose bytes the block finds gone or changed: an id alone tells nobody what is lost.

    Raises:
        StoreDamaged: with ``ref`` in its text.
    """
    try:
        yield
    except NotFound as error:
        if error.noun != "object":
            raise
        what = f"The bytes of {ref} are gone: object {error.name[:12]} is not here any more."
        raise StoreDamaged(
            what, hint="Put it back from a backup; `benchbook doctor` lists all that is gone."
        ) from error
    except StoreDamaged as error:
        raise StoreDamaged(f"{ref}: {error.what}", hint=error.hint) from error


def _copy_checked(source: BinaryIO, target: BinaryIO, digest: str) -> None:
    writer = HashingWriter(target)
    for stride in strides(source):
        writer.write(stride)
    if writer.digest() != digest:
        raise _damaged(digest)


def check_id(digest: object) -> str:
    """Return ``digest`` if it is a whole content id, so that no id ever becomes another path.

    Raises:
        InvalidInput: if it is not 64 hex digits.
    """
    if not isinstance(digest, str) or not _ID.fullmatch(digest):
        raise InvalidInput(f"{str(digest)[:80]!r} is no content id: 64 characters of 0-9a-f.")
    return digest


def _key(digest: str) -> str:
    return key_of(check_id(digest))


def cache_folder() -> Path:
    """Return where this user's copies lie that can always be made again, outside any project."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "benchbook"


def _absent(digest: str) -> NotFound:
    return NotFound("object", digest, hint="It was deleted, or belongs to another project.")


def _damaged(digest: str) -> StoreDamaged:
    hint = "Restore it from a backup; or delete it, then save the same content again."
    return StoreDamaged(f"The bytes of object {digest[:12]} have changed since they were stored.", hint=hint)

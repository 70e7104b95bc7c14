"""Objects lent by another place: what is asked for is copied first, so that the lender's files never leave its folder.

A sandbox reads a project's data and models in this way. It cannot damage them, not even by writing through the path of
an object it was given, because that path is always its own copy; and it copies only what it really uses.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from benchbook.errors import StoreDamaged
from benchbook.objects.hashing import HashingWriter, strides
from benchbook.objects.places import Blob, FolderPlace, Place, key_of, writing

_LENDER = "lender"
"""Names the lender's folder, in the folder that borrows; too short to be an object's name."""


def place_in(root: Path) -> Place:
    """The objects in the folder ``root``, and those that its lender has, if it has one."""
    own = FolderPlace(root)
    try:
        lender = (root / _LENDER).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return own
    return BorrowingPlace(own, FolderPlace(Path(lender)))


def borrow(root: Path, lender: Path) -> None:
    """Let the new folder ``root`` lend what it does not have from the folder ``lender``.

    Raises:
        NotAllowed, StorageFull: the folder cannot be written.
    """
    with writing(root):
        root.mkdir(parents=True)
        (root / _LENDER).write_text(str(lender.resolve()), encoding="utf-8")


class BorrowingPlace:
    """A folder of objects with a lender behind it, which is only ever read."""

    def __init__(self, own: FolderPlace, lender: FolderPlace) -> None:
        self._own = own
        self._lender = lender

    def add(self, fill: Callable[[HashingWriter], object]) -> Blob:
        """Store whatever ``fill`` writes, here."""
        return self._own.add(fill)

    def size(self, key: str) -> int | None:
        """Bytes of the object, or None where neither has it."""
        own = self._own.size(key)
        return self._lender.size(key) if own is None else own

    def keys(self) -> Iterator[str]:
        """The keys of all objects, in no order."""
        yield from self._own.keys()
        for key in self._lender.keys():  # noqa: SIM118 (no mapping)
            if self._own.size(key) is None:
                yield key

    def open(self, key: str) -> BinaryIO:
        """Open the object for reading; a copy is made first where it is only lent."""
        self._fetch(key)
        return self._own.open(key)

    def path(self, key: str) -> Path:
        """The object as a file of this folder; a copy is made first where it is only lent."""
        with contextlib.suppress(FileNotFoundError):
            self._fetch(key)
        return self._own.path(key)

    def _fetch(self, key: str) -> None:
        """Copy the object, unless it is here.

        Raises:
            FileNotFoundError: the lender does not have it either.
            StoreDamaged: the lender's bytes have changed.
        """
        if self._own.size(key) is not None:
            return
        with self._lender.open(key) as source:
            blob = self._own.add(lambda writer: _copy(source, writer))
        if key_of(blob.id) != key:
            digest = key.replace("/", "")
            hint = "Restore it from a backup; `benchbook doctor` lists all that is damaged."
            raise StoreDamaged(f"The bytes of object {digest[:12]} have changed since they were stored.", hint=hint)


def _copy(source: BinaryIO, writer: HashingWriter) -> None:
    for stride in strides(source):
        writer.write(stride)

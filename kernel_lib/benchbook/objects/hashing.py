"""BLAKE3 while bytes pass by, so that storing reads a file once and names exactly what was written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

# Big enough for BLAKE3 to spread over threads, small enough to stay in the processor's cache while it is written.
STRIDE = 4 << 20


def _hasher() -> Any:
    from blake3 import blake3

    return blake3(max_threads=blake3.AUTO)


class HashingWriter(io.RawIOBase):
    """A binary file that forwards each write and keeps the hash and size of everything written."""

    def __init__(self, file: io.RawIOBase | BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._hasher = _hasher()
        self.size = 0

    def writable(self) -> bool:
        """True, as file objects say it."""
        return True

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def write(self, data: Any) -> int:
        """Write all of ``data``, never less."""
        view = memoryview(data).cast("B")
        self._hasher.update(view)
        written = 0
        while written < len(view):
            written += self._file.write(view[written:])
        self.size += written
        return written

    def digest(self) -> str:
        """Return the content id of what was written so far."""
        return str(self._hasher.hexdigest())


def strides(source: BinaryIO) -> Iterator[memoryview]:
    """Yield what is left in ``source``, through one buffer that each step overwrites."""
    buffer = memoryview(bytearray(STRIDE))
    while count := source.readinto(buffer):  # type: ignore[attr-defined]
        yield buffer[:count]


def hash_bytes(data: bytes) -> str:
    """Return the content id of ``data``."""
    hasher = _hasher()
    hasher.update(data)
    return str(hasher.hexdigest())


def hash_stream(source: BinaryIO) -> str:
    """Return the content id of what is left in ``source``."""
    hasher = _hasher()
    for stride in strides(source):
        hasher.update(stride)
    return str(hasher.hexdigest())

"""Folders as one object: a sorted list of (path, id, size), so that equal folders have equal ids on every machine.

Only what can be given back anywhere goes in: regular files, links to files inside the folder (kept as their content),
and paths that stay below the folder whatever system reads them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, NamedTuple

import msgspec

from benchbook.errors import InvalidInput, NotAllowed, NotFound, StoreDamaged

_PATH_LIMIT = 1_000
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Entry(NamedTuple):
    """One file of a folder: path with ``/`` between its parts, content id, bytes."""

    path: str
    id: str
    size: int


class Manifest(msgspec.Struct, frozen=True):
    """What is stored for a folder."""

    files: list[Entry]
    kind: Literal["folder"] = "folder"


def write_manifest(entries: list[Entry]) -> bytes:
    """Return the manifest's bytes: sorted, so that they depend on nothing but the content."""
    return msgspec.json.encode(Manifest(sorted(entries)))


def read_manifest(digest: str, data: bytes) -> list[Entry]:
    """Return the files of a manifest.

    Raises:
        StoreDamaged: if the object is no manifest or names a path outside its folder.
    """
    try:
        entries = msgspec.json.decode(data, type=Manifest).files
        return [entry for entry in entries if check_path(entry.path)]
    except (msgspec.MsgspecError, NotAllowed) as error:
        raise StoreDamaged(f"Object {digest[:12]} is no folder: {error}") from error


def check_path(path: str) -> str:
    """Return ``path`` if it stays below the folder it is relative to, on every system.

    Raises:
        NotAllowed: with the path and what is wrong with it.
    """
    wrong = ""
    if not path or len(path) > _PATH_LIMIT:
        wrong = f"it has {len(path)} characters"
    elif _CONTROL.search(path) or "\\" in path:
        wrong = "it holds a backslash, a control character or a byte that is no UTF-8"
    elif path.startswith("/") or _DRIVE.match(path):
        wrong = "it is absolute"
    elif any(part in ("", ".", "..") for part in path.split("/")):
        wrong = "one of its parts is empty, '.' or '..'"
    if wrong:
        raise NotAllowed(f"The path {path[:80]!r} cannot be kept: {wrong}.", hint="Rename the file.")
    return path


def walk(folder: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the path and the opened content of each file below ``folder``, in sorted order.

    Raises:
        NotFound: if there is no such folder.
        NotAllowed: for a link that leaves the folder or points at a folder, and for anything but a regular file.
    """
    if not folder.is_dir():
        raise NotFound("folder", str(folder), hint="Give the path of an existing folder.")
    yield from _walk(folder, folder.resolve(), PurePosixPath())


def _walk(folder: Path, root: Path, prefix: PurePosixPath) -> Iterator[tuple[str, BinaryIO]]:
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = check_path(str(prefix / entry.name))
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), root, PurePosixPath(path))
            continue
        real = _inside(Path(entry.path), root) if entry.is_symlink() else Path(entry.path)
        with open_regular(real) as file:
            yield path, file


def _inside(link: Path, root: Path) -> Path:
    real = link.resolve()
    hint = "Copy the file into the folder, or remove the link."
    if not real.is_relative_to(root):
        raise NotAllowed(f"The link {link} leaves its folder: it points at {real}.", hint=hint)
    if real.is_dir():
        raise NotAllowed(f"The link {link} points at a folder, {real}.", hint=hint)
    return real


def open_regular(path: Path, *, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading, never a pipe, device or (unless ``follow``) a link put there meanwhile.

    Raises:
        NotFound: if nothing is there.
        NotAllowed: if it cannot be read or is no regular file.
        InvalidInput: if it is a folder.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        file = os.fdopen(os.open(path, flags), "rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as error:
        near = _neighbours(path)
        raise NotFound("file", str(path), known=near, hint="" if near else "Check the path.") from error
    except ValueError as error:
        raise InvalidInput(f"{str(path)[:200]!r} is no path: {error}.") from error
    except IsADirectoryError as error:
        raise InvalidInput(f"{path} is a folder, not a file.") from error
    except OSError as error:
        raise NotAllowed(f"{path} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotAllowed(f"{path} is no regular file (a pipe, socket or device).", hint="Write it to a file first.")
    return file


def _neighbours(path: Path) -> list[str]:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    return [str(path.with_name(name)) for name in get_close_matches(path.name, names)]

"""Read-only copies of stored files and folders under their own names, for readers that look at a file's name.

Copies, not links: whoever makes one writable and changes it has changed a copy, which the next load puts right.
"""

from __future__ import annotations

import contextlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from benchbook.errors import NotAllowed
from benchbook.objects import ObjectStore, cache_folder, objects_of

if TYPE_CHECKING:
    from benchbook.data.records import DatasetVersion
    from benchbook.project import Project


def checkout(project: Project, version: DatasetVersion) -> Path:
    """Return a copy of a file's or folder's version that is right at this moment, made if need be.

    It lies in the project, or where that cannot be written in the user's cache.

    Raises:
        NotFound, StoreDamaged: an object is missing or changed.
        StorageFull: no space is left.
    """
    objects = objects_of(project)
    try:
        return _checkout(objects, version, project.folder / "checkouts" / version.name / str(version.version))
    except NotAllowed:
        return _checkout(objects, version, cache_folder() / "checkouts" / version.digest)


def _checkout(objects: ObjectStore, version: DatasetVersion, home: Path) -> Path:
    inside = "files" if version.format == "folder" else _file_name(version)
    is_folder = version.format == "folder"
    if not objects.matches(version.digest, home / inside, folder=is_folder):
        draft = home.with_name(f".{uuid.uuid4().hex}")
        try:
            make = objects.checkout_folder if is_folder else objects.checkout
            make(version.digest, draft / inside)
            _replace(draft, home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home / inside


def _replace(draft: Path, home: Path) -> None:
    """Put ``draft`` in the place of ``home``; when another process was faster, its copy is as good."""
    aside = home.with_name(f".{uuid.uuid4().hex}")
    with contextlib.suppress(FileNotFoundError):
        home.rename(aside)
    try:
        draft.rename(home)
    except OSError:
        if not home.is_dir():
            raise
    shutil.rmtree(aside, ignore_errors=True)


def _file_name(version: DatasetVersion) -> str:
    name = Path(version.source.path).name
    return name if name not in ("", ".", "..") else version.name

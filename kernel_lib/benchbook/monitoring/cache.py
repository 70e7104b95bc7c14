"""Sketches of dataset versions, made once: stored as objects, remembered by content, columns and code version.

What is remembered is only a hint. A deleted, damaged or foreign cache file, or a project that cannot be written, costs
one more scan and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchbook.data.engine import open_engine
from benchbook.data.records import DatasetVersion
from benchbook.data.tables import Table
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput, NotAllowed, NotFound, StorageFull, StoreDamaged
from benchbook.monitoring.sketch import VERSION, Reference, choose, make_reference
from benchbook.objects import objects_of
from benchbook.project import Project


class _Remembered(msgspec.Struct, frozen=True):
    """Which object holds a sketch."""

    object: str


def reference_of(project: Project, version: DatasetVersion, columns: Sequence[str] | None = None) -> Reference:
    """Return the sketch of a version's columns, or of all; made by one scan the first time, then read.

    Raises:
        InvalidInput: the version is no table, or has no such column.
        NotFound: its bytes are not here any more, and no sketch of it is.
        StorageFull: a column does not fit in memory and spill space.
    """
    place = _place(project, version, columns)
    found = _remembered(project, place)
    if found is None:
        table = table_of(project, version)
        with open_engine(table.path) as engine:
            found = make_reference(engine, table, columns)
        _remember(project, place, found)
    return msgspec.structs.replace(found, label=version.ref)


def _place(project: Project, version: DatasetVersion, columns: Sequence[str] | None) -> Path:
    # The order in which columns are asked for does not matter, nor what the version is called.
    names: list[str] | None = None
    if columns is not None and version.columns:
        chosen = choose(Table(Path(), "parquet", version.columns), columns)
        names = [column.name for _, column in chosen]
    settings = hashlib.sha256(msgspec.json.encode([VERSION, version.format, names])).hexdigest()
    return project.folder / "cache" / "references" / f"{version.digest}-{settings[:16]}.json"


def _remembered(project: Project, place: Path) -> Reference | None:
    try:
        remembered = msgspec.json.decode(place.read_bytes(), type=_Remembered)
        found = msgspec.json.decode(objects_of(project).get_bytes(remembered.object), type=Reference)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, NotFound, InvalidInput, StoreDamaged):
        return None
    return found if found.version == VERSION else None


def _remember(project: Project, place: Path, reference: Reference) -> None:
    with contextlib.suppress(OSError, NotAllowed, StorageFull):
        project.make()
        blob = objects_of(project).put_bytes(msgspec.json.encode(reference))
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{uuid.uuid4().hex}")
        draft.write_bytes(msgspec.json.encode(_Remembered(blob.id)))
        draft.replace(place)

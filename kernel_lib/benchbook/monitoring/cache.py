"""What is computed once about a reference: its sketch, stored as an object, and the thresholds proposed from it.

Both are remembered by content, columns and code version, so that watching a chunk reads the chunk only.

What is remembered is only a hint. A deleted, damaged or foreign cache file, or a project that cannot be written, costs
one more scan and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchbook.data.engine import open_engine
from benchbook.data.records import DatasetVersion
from benchbook.data.tables import Table
from benchbook.data.versions import table_of
from benchbook.errors import InvalidInput, NotAllowed, NotFound, StorageFull, StoreDamaged
from benchbook.monitoring.records import Threshold
from benchbook.monitoring.sketch import VERSION, Reference, choose, make_reference
from benchbook.monitoring.thresholds import propose_thresholds
from benchbook.objects import objects_of
from benchbook.project import Project

_STEPS = 2
"""Chunk sizes that share thresholds: steps in a doubling of rows."""


class _Remembered(msgspec.Struct, frozen=True):
    """Which object holds a sketch."""

    object: str


def reference_of(project: Project, version: DatasetVersion, columns: Sequence[str] | None = None) -> Reference:
    """Return the sketch of a version's columns, or of all; made by one scan the first time, then read.

    Raises:
        InvalidInput: the version is no table, or has no such column.
        StoreDamaged: its bytes are gone, and no sketch of it is here.
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


def thresholds_of(project: Project, version: DatasetVersion, sketch: Reference, chunk_rows: int) -> list[Threshold]:
    """Return the thresholds for chunks of about ``chunk_rows`` rows, proposed from ``version`` and its ``sketch``.

    They are those of the next smaller size of a scale by the root of two, so that months of 28 and of 31 days share
    theirs; fewer rows give wider thresholds, so chance does not ring more often.

    Raises:
        InvalidInput, StoreDamaged, StorageFull: as `reference_of`.
    """
    rows = int(2 ** (math.floor(math.log2(max(1, chunk_rows)) * _STEPS) / _STEPS))
    settings = [VERSION, version.format, rows, [column.name for column in sketch.columns]]
    place = _folder(project) / f"{version.digest}-{_digest(settings)}-limits.json"
    try:
        return msgspec.json.decode(place.read_bytes(), type=list[Threshold])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        found = propose_thresholds(sketch, rows, table=table_of(project, version))
    with contextlib.suppress(OSError, NotAllowed, StorageFull):
        project.make()
        _write(place, msgspec.json.encode(found))
    return found


def _folder(project: Project) -> Path:
    return project.folder / "cache" / "references"


def _digest(settings: Sequence[object]) -> str:
    return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:16]


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{uuid.uuid4().hex}")
    draft.write_bytes(content)
    draft.replace(place)


def _place(project: Project, version: DatasetVersion, columns: Sequence[str] | None) -> Path:
    # The order in which columns are asked for does not matter, nor what the version is called.
    names: list[str] | None = None
    if columns is not None and version.columns:
        chosen = choose(Table(Path(), "parquet", version.columns), columns)
        names = [column.name for _, column in chosen]
    return _folder(project) / f"{version.digest}-{_digest([VERSION, version.format, names])}.json"


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
        _write(place, msgspec.json.encode(_Remembered(blob.id)))

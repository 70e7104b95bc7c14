"""Dataset versions: save, load and look at them.

The bytes are stored first, outside the project lock; the version number is given inside it, so two processes that save
one name at once get two numbers. What a run loads and saves is a line in its stream, known to `store/` alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.data.checkouts import checkout
from benchbook.data.diff import diff_files, diff_tables
from benchbook.data.lookup import find_version
from benchbook.data.records import (
    Column,
    DatasetDetail,
    DatasetDiff,
    DatasetSummary,
    DatasetVersion,
    Profile,
    RowPage,
    Source,
    VersionUse,
)
from benchbook.data.tables import Table
from benchbook.errors import InvalidInput, StoreDamaged
from benchbook.objects import Entry, bytes_of, objects_of
from benchbook.project import Project, current_project
from benchbook.refs import Ref, check_name, check_text
from benchbook.store import current_stream
from benchbook.store.queries import datasets as queries
from benchbook.store.queries.versions import run_notebook

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from benchbook.data.sources import Stored
    from benchbook.store import Ask

NOUN = "dataset"


def save_dataset(name: str, data: object, *, note: str = "", project: Project | None = None) -> DatasetVersion:
    """Save a DataFrame, an Arrow table or record batch reader, or the file or folder at a path, as a new version.

    Content identical to the newest version makes no new one: that one is returned. The current run, if any, is told
    that it made the version.

    Raises:
        InvalidInput: the name or the data cannot be accepted; the text says where.
        NotFound, NotAllowed: there is no such file, or it is none that can be kept.
        StorageFull, StoreBusy: nothing was recorded.
    """
    from benchbook.data.sources import store_data

    check_name(NOUN, name)
    text = check_text("note", note) if note else ""
    project = project or current_project()
    project.make()
    stored = store_data(objects_of(project), data)
    version = _record(project, name, stored, text)
    _tell_run("made", version)
    return version


def load_dataset(ref: str | Ref, *, project: Project | None = None) -> pd.DataFrame | Path:
    """Load a version: tables as a DataFrame, files and folders as the path of a read-only copy.

    The current run, if any, is told that it used the version.

    Raises:
        InvalidInput: the ref cannot be parsed.
        NotFound: there is no such version; lists near names, versions or aliases.
        StoreDamaged: the stored bytes have changed or are gone.
    """
    project = project or current_project()
    version = get_dataset(ref, project=project)
    if version.format in ("folder", "file"):
        with bytes_of(version.ref):
            loaded: pd.DataFrame | Path = checkout(project, version)
    else:
        loaded = read_frame(version, project=project)
    _tell_run("used", version)
    return loaded


def read_frame(version: DatasetVersion, *, project: Project) -> pd.DataFrame:
    """Read a table as `load_dataset` does, without telling a run: for those who look at data and make nothing of it.

    Raises:
        InvalidInput: the version is no table.
        StoreDamaged: its bytes are gone or have changed.
    """
    from benchbook.data.frames import frame_of

    return frame_of(table_of(project, version, checked=True))


def dataset_batches(
    data: str | Ref | pd.DataFrame, rows: int, *, project: Project | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield a table as Arrow record batches of at most ``rows`` rows: a version, or a frame or Arrow table as it is.

    The current run, if any, is told that it used the version.

    Raises:
        InvalidInput: the version, or what was given, is no table.
        NotFound, StoreDamaged: as `load_dataset`.
    """
    if not isinstance(data, (str, Ref)):
        from benchbook.data.sources import arrow_table

        yield from arrow_table(data).to_batches(max_chunksize=rows)
        return
    from benchbook.data.frames import read_batches

    project = project or current_project()
    version = get_dataset(data, project=project)
    table = table_of(project, version, checked=True)
    _tell_run("used", version)
    yield from read_batches(table, rows)


def get_dataset(ref: str | Ref, *, project: Project | None = None) -> DatasetVersion:
    """Return what is known of a version; raises InvalidInput and NotFound as `load_dataset`."""
    return (project or current_project()).store.read_with(lambda ask: _get(ask, ref))


def list_datasets(*, project: Project | None = None) -> list[DatasetSummary]:
    """Return every dataset with its newest version, the newest first."""
    rows = (project or current_project()).store.read(queries.summaries())
    return [DatasetSummary(row[0], _version(row[:-1]), row[-1]) for row in rows]


def dataset_detail(ref: str | Ref, *, project: Project | None = None) -> DatasetDetail:
    """Return a version with its profile, its siblings and the runs around it; raises as `get_dataset`."""
    project = project or current_project()

    def work(ask: Ask) -> DatasetDetail:
        version = _get(ask, ref)
        siblings = [_version(row) for row in ask(queries.versions(version.name))]
        uses = [VersionUse(*row) for row in ask(queries.uses(version.name, version.version))]
        return DatasetDetail(version, None, siblings, uses)

    detail = project.store.read_with(work)
    return msgspec.structs.replace(detail, profile=_profile(project, detail.version))


def dataset_rows(ref: str | Ref, offset: int = 0, limit: int = 100, *, project: Project | None = None) -> RowPage:
    """Return rows of a table as JSON values, at most 1,000 a page.

    Raises:
        InvalidInput: the range cannot be, or the version is no table.
        NotFound: there is no such version.
    """
    from benchbook.data.rows import read_rows

    project = project or current_project()
    version = get_dataset(ref, project=project)
    return read_rows(table_of(project, version), version.rows or 0, offset, limit)


def diff_datasets(
    before: str | Ref, after: str | Ref, key: str | Sequence[str] | None = None, *, project: Project | None = None
) -> DatasetDiff:
    """Compare two versions: columns and rows of tables, files of folders.

    Without ``key`` rows are compared as a whole; with it, rows of equal key are matched and changes counted per column.

    Raises:
        InvalidInput: the versions cannot be compared, or the key does not identify rows.
        NotFound: there is no such version.
    """
    project = project or current_project()
    old, new = get_dataset(before, project=project), get_dataset(after, project=project)
    is_table = [version.format in ("parquet", "csv") for version in (old, new)]
    keys = [key] if isinstance(key, str) else list(key or [])
    if all(is_table):
        tables = (table_of(project, old), table_of(project, new))
        return diff_tables(old.ref, new.ref, tables, keys)
    if any(is_table) or keys:
        hint = "Compare two tables (with or without key), or two folders or files (without)."
        raise InvalidInput(
            f"{old.ref} is a {old.format}, {new.ref} a {new.format}: these cannot be compared.", hint=hint
        )
    return diff_files(old.ref, new.ref, _entries(project, old), _entries(project, new))


def _record(project: Project, name: str, stored: Stored, note: str) -> DatasetVersion:
    stream = current_stream()
    run = stream.run if stream else None
    known = next(iter(project.store.read(queries.versions(name))), None)
    unchanged = known is not None and known[2] == stored.blob.id
    profile = None if unchanged else _store_profile(project, stored)
    number = 0

    def decide(ask: Ask) -> dict[str, Any] | None:
        nonlocal number
        newest = next(iter(ask(queries.versions(name))), None)
        number = int(newest[1]) if newest else 0
        if newest is not None and newest[2] == stored.blob.id:
            return None
        number += 1
        notebook = next((row[0] for row in ask(run_notebook(run))), "") if run else ""
        source = msgspec.structs.replace(
            stored.source, run=run, notebook=notebook or os.environ.get("BENCHBOOK_NOTEBOOK", "")
        )
        return {
            "version": number,
            "digest": stored.blob.id,
            "format": stored.format,
            "size": stored.blob.size,
            "rows": stored.rows,
            "columns": msgspec.to_builtins(stored.columns),
            "profile": profile or _store_profile(project, stored),
            "source": msgspec.to_builtins(source),
            "note": note,
            "run": run,
        }

    project.store.record("save", NOUN, name, decide)
    return get_dataset(Ref(name, version=number), project=project)


def _store_profile(project: Project, stored: Stored) -> str | None:
    from benchbook.data.engine import open_engine
    from benchbook.data.profile import make_profile

    if stored.format not in ("parquet", "csv") or stored.rows is None:
        return None
    objects = objects_of(project)
    table = Table(objects.local_path(stored.blob.id), stored.format, stored.columns, stored.source.dialect)
    with open_engine(table.path) as engine:
        profile = make_profile(engine, table, stored.rows)
    return objects.put_bytes(msgspec.json.encode(profile)).id


def _profile(project: Project, version: DatasetVersion) -> Profile | None:
    if version.profile is None:
        return None
    try:
        with bytes_of(f"the profile of {version.ref}"):
            return msgspec.json.decode(objects_of(project).get_bytes(version.profile), type=Profile)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"The profile of {version.ref} cannot be read: {error}") from error


def _tell_run(role: str, version: DatasetVersion) -> None:
    stream = current_stream()
    if stream is not None:
        data = {"name": version.name, "version": version.version, "digest": version.digest}
        stream.append(role, NOUN, data=data)


def _get(ask: Ask, ref: str | Ref) -> DatasetVersion:
    name, number = find_version(ask, NOUN, ref)
    return _version(ask(queries.version(name, number))[0])


def _version(row: tuple[Any, ...]) -> DatasetVersion:
    name, number, digest, format_, size, rows, columns, profile, source, note, _, created, actor, aliases = row
    return DatasetVersion(
        name=name,
        version=number,
        digest=digest,
        format=format_,
        size=size,
        rows=rows,
        columns=msgspec.json.decode(columns or "[]", type=list[Column]),
        aliases=list(aliases or []),
        created=created,
        actor=actor,
        note=note,
        source=msgspec.json.decode(source, type=Source),
        profile=profile,
    )


def table_of(project: Project, version: DatasetVersion, *, checked: bool = False) -> Table:
    """The stored table of a version.

    Raises:
        InvalidInput: it is a file or folder.
        NotFound, StoreDamaged: its bytes are gone, or (``checked``) have changed.
    """
    if version.format not in ("parquet", "csv"):
        raise InvalidInput(f"{version.ref} is a {version.format}, not a table.", hint="Load it to get its path.")
    with bytes_of(version.ref):
        path = objects_of(project).local_path(version.digest, checked=checked)
    return Table(path, version.format, version.columns, version.source.dialect)


def _entries(project: Project, version: DatasetVersion) -> list[Entry]:
    if version.format == "folder":
        with bytes_of(version.ref):
            return objects_of(project).manifest(version.digest)
    return [Entry("file", version.digest, version.size)]

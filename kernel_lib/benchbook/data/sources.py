"""What can become a dataset: frames (written as Parquet), CSV and Parquet files (kept as they are), folders, any file.

Parquet is written with content-defined pages, so that a later version that differs little shares most of its bytes
(D7); equal frames give equal bytes, which is what makes 'identical content' a matter of the digest. What a file is, its
content decides; a name that says otherwise is an error.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from benchbook.data.engine import Engine, open_engine
from benchbook.data.records import Column, DataFormat, Source
from benchbook.data.tables import Table, check_columns, inspect_csv, inspect_parquet
from benchbook.errors import InvalidInput
from benchbook.objects import Blob, HashingWriter, ObjectStore

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_PARQUET = b"PAR1"
_CSV_ENDS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_PARQUET_ENDS = (".parquet", ".pq")
UNNAMED = b"benchbook:unnamed_index"
"""Key in a Parquet file's metadata: index levels that had no name and got one only to be stored."""


class Stored(msgspec.Struct, frozen=True):
    """Content that lies in the object store and was found readable."""

    blob: Blob
    format: DataFormat
    rows: int | None
    columns: list[Column]
    source: Source


def store_data(objects: ObjectStore, data: object) -> Stored:
    """Store ``data``: a DataFrame, an Arrow table or reader of record batches, or the path of a file or folder.

    Raises:
        InvalidInput: it is none of these, or broken; the text names column or line.
        NotFound: there is no such file.
        NotAllowed: it is no regular file, or a link leaves its folder.
        StorageFull: no space is left.
    """
    if isinstance(data, (str, os.PathLike)):
        return _store_path(objects, _path(data))
    import pyarrow as pa

    if isinstance(data, pa.RecordBatchReader):  # written as it comes, for tables larger than memory
        check_columns(data.schema.names, "The table")
        return _store_parquet(objects, lambda file: _write_batches(data, file))
    table = arrow_table(data)
    return _store_parquet(objects, lambda file: _write_table(table, file))


def arrow_table(data: object) -> pa.Table:
    """Return a frame or anything that speaks Arrow's table protocol as an Arrow table.

    Raises:
        InvalidInput: it is no table, or a column cannot be written; names the column.
    """
    import pandas as pd
    import pyarrow as pa

    if isinstance(data, pd.DataFrame):
        return _from_frame(data)
    if hasattr(data, "__arrow_c_stream__") and not isinstance(data, pd.Series):
        table = pa.table(data)
        check_columns(table.schema.names, "The table")
        return table.combine_chunks()
    hint = "Give a DataFrame, an Arrow table, or the path of a file or folder."
    if isinstance(data, pd.Series):
        hint = "Use series.to_frame('name')."
    raise InvalidInput(f"A {type(data).__module__}.{type(data).__qualname__} cannot be saved as a dataset.", hint=hint)


def _write_table(table: pa.Table, file: io.RawIOBase) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, file, compression="zstd", use_content_defined_chunking=True)


def _write_batches(reader: pa.RecordBatchReader, file: io.RawIOBase) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(file, reader.schema, compression="zstd", use_content_defined_chunking=True) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _store_parquet(objects: ObjectStore, write: Callable[[io.RawIOBase], None]) -> Stored:
    import pyarrow as pa

    def fill(file: HashingWriter) -> None:
        patient = _PatientFile(file)
        write(patient)
        if patient.error is not None:
            raise patient.error

    try:
        blob = objects.put_with(fill)
    except pa.ArrowException as error:
        raise InvalidInput(f"The table cannot be written as Parquet: {error}") from error
    path = objects.local_path(blob.id)
    with open_engine(path) as engine:
        found, rows = inspect_parquet(engine, path, "The table")
    return Stored(blob, "parquet", rows, found.columns, Source("frame"))


class _PatientFile(io.RawIOBase):
    """Keeps an error until Arrow is done: raised while Arrow writes (full disk, Ctrl-C), it aborts the process."""

    def __init__(self, file: HashingWriter) -> None:
        super().__init__()
        self._file = file
        self.error: BaseException | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            if self.error is None:
                self._file.write(data)
        except BaseException as error:  # noqa: BLE001 (raised again by the caller, none is lost)
            self.error = error
        return len(memoryview(data).cast("B"))


def _from_frame(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    if frame.columns.nlevels > 1:
        hint = "Join the levels first: frame.columns = ['_'.join(map(str, names)) for names in frame.columns]"
        raise InvalidInput("The frame's columns have several levels.", hint=hint)
    named, unnamed = _named_index(frame)
    check_columns([str(name) for name in named.columns], "The frame")
    try:
        table = pa.Table.from_pandas(named)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise _unwritable(named, error) from error
    if unnamed:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), UNNAMED: msgspec.json.encode(unnamed)})
    return table.combine_chunks()


def _named_index(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[int]]:
    """An index other than a range is data and becomes columns; levels without a name get one until they are loaded."""
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex):
        return frame, []
    given = list(frame.index.names)
    single = len(given) == 1
    names = [("index" if single else f"level_{at}") if name is None else str(name) for at, name in enumerate(given)]
    columns = {str(name) for name in frame.columns}
    for name in names:
        if name in columns or names.count(name) > 1:
            hint = "Drop the index with frame.reset_index(drop=True), or give it another name."
            raise InvalidInput(f"The frame's index would become a column {name!r}, which is there already.", hint=hint)
    return frame.rename_axis(index=names), [at for at, name in enumerate(given) if name is None]


def _unwritable(frame: pd.DataFrame, error: Exception) -> InvalidInput:
    """Name the first column that cannot be converted and what stands in it."""
    import pyarrow as pa

    hint = "Give the column one type, for example frame[name].astype(str)."
    for at, name in enumerate(frame.columns):
        column = frame.iloc[:, at]
        try:
            pa.Array.from_pandas(column)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as own:
            kinds = sorted({type(value).__name__ for value in column.dropna().head(100_000)})
            return InvalidInput(
                f"Column {str(name)!r} holds {', '.join(kinds[:5])} and cannot be saved: {own}", hint=hint
            )
    return InvalidInput(f"The frame's index cannot be saved: {error}", hint="Use frame.reset_index(drop=True).")


def _path(data: str | os.PathLike[Any]) -> Path:
    text = os.fsdecode(data)
    if "://" in text:
        raise InvalidInput(
            f"{text[:80]!r} is a URL, not a path.", hint="Download it first, or read it into a DataFrame."
        )
    if not text or "\0" in text:
        raise InvalidInput(f"{text[:80]!r} is no path.")
    return Path(text).expanduser()


def _store_path(objects: ObjectStore, path: Path) -> Stored:
    given = str(path).encode("utf-8", "replace").decode()
    if path.is_dir():
        blob = objects.put_folder(path)
        if not objects.manifest(blob.id):
            raise InvalidInput(f"The folder {given} holds no file.")
        return Stored(blob, "folder", None, [], Source("folder", given))
    blob = objects.put_file(path)
    stored = objects.local_path(blob.id)
    kind = _format(stored, path.name)
    if kind == "file":
        return Stored(blob, "file", None, [], Source("file", given))
    with open_engine(stored) as engine:
        found, rows = _inspect(engine, stored, kind, given)
    return Stored(blob, kind, rows, found.columns, Source("file", given, dialect=found.dialect))


def _inspect(engine: Engine, path: Path, kind: DataFormat, label: str) -> tuple[Table, int]:
    return (inspect_parquet if kind == "parquet" else inspect_csv)(engine, path, label)


def _format(stored: Path, name: str) -> DataFormat:
    """What the content is, if the file's name does not say otherwise."""
    with stored.open("rb") as file:
        head = file.read(4)
    said = "csv" if name.lower().endswith(_CSV_ENDS) else "parquet" if name.lower().endswith(_PARQUET_ENDS) else "file"
    found = "parquet" if head == _PARQUET else "csv" if said == "csv" else "file"
    if said not in (found, "file"):
        what = "a Parquet file" if found == "parquet" else "no Parquet file"
        raise InvalidInput(f"{name} is {what}, whatever its name says.", hint="Give it the name that fits its content.")
    return cast("DataFormat", found)

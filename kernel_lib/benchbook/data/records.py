"""What is known of a dataset version, as plain frozen records."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

DataFormat = Literal["parquet", "csv", "folder", "file"]


class Column(msgspec.Struct, frozen=True):
    """Name and DuckDB type (``BIGINT``, ``VARCHAR``, …) of one column."""

    name: str
    type: str


class Dialect(msgspec.Struct, frozen=True):
    """How a CSV file is written. Empty ``quote``, ``escape`` or format of dates: the file has none of its own."""

    delimiter: str
    quote: str
    escape: str
    newline: str
    header: bool
    date: str = ""
    timestamp: str = ""


class Source(msgspec.Struct, frozen=True):
    """Where a version came from: ``kind`` "frame", "file" or "folder"; ``path`` as given; notebook and run if any.

    ``dialect`` is how a CSV file was found to be written, so that it is read alike ever after.
    """

    kind: Literal["frame", "file", "folder"]
    path: str = ""
    notebook: str = ""
    run: str | None = None
    dialect: Dialect | None = None


class DatasetVersion(msgspec.Struct, frozen=True):
    """One immutable version of a dataset. ``size`` in bytes; ``rows`` is None where there are no columns."""

    name: str
    version: int
    digest: str
    format: DataFormat
    size: int
    rows: int | None
    columns: list[Column]
    aliases: list[str]
    created: float
    actor: str
    note: str
    source: Source
    profile: str | None
    """Digest of the stored `Profile`, or None where there are no columns."""

    @property
    def ref(self) -> str:
        """The ref of exactly this version."""
        return f"{self.name}:{self.version}"

    def _repr_html_(self) -> str:
        from benchbook.data.html import dataset_html

        return dataset_html(self)


class Bin(msgspec.Struct, frozen=True):
    """One histogram bar: values in [low, high), the last bar closed."""

    low: float
    high: float
    count: int


class TopValue(msgspec.Struct, frozen=True):
    """A frequent value, as text, and its rows."""

    value: str
    count: int


class ColumnProfile(msgspec.Struct, frozen=True):
    """One column in numbers. ``kind`` decides which fields are filled; ``min``/``max`` are text for time columns.

    NaN counts as missing. ``mean``, ``std``, ``quantiles`` and ``histogram`` are over the finite values.
    """

    name: str
    type: str
    kind: Literal["number", "text", "time", "boolean", "other"]
    missing: int
    distinct: int | None
    """Different values that are not missing; None where values of the type cannot be compared."""
    min: Any = None
    max: Any = None
    mean: float | None = None
    std: float | None = None
    quantiles: list[float] = []
    """The 5, 25, 50, 75 and 95 % quantiles of a number column."""
    histogram: list[Bin] = []
    top: list[TopValue] = []
    distinct_exact: bool = True
    """False: ``distinct`` is an estimate, usually within a few percent."""
    infinite: int = 0
    """Infinite values of a number column."""


class Profile(msgspec.Struct, frozen=True):
    """The columns of one version, over ``rows`` rows; ``left_out`` columns beyond the limit have no profile."""

    rows: int
    columns: list[ColumnProfile]
    left_out: int = 0


class DatasetSummary(msgspec.Struct, frozen=True):
    """A dataset as lists show it: its newest version and how many there are."""

    name: str
    latest: DatasetVersion
    versions: int


class VersionUse(msgspec.Struct, frozen=True):
    """A run that used or made a version."""

    role: Literal["used", "made"]
    run: str
    run_name: str
    time: float


class DatasetDetail(msgspec.Struct, frozen=True):
    """The page of one version: itself, its profile, its siblings and the runs around it."""

    version: DatasetVersion
    profile: Profile | None
    versions: list[DatasetVersion]
    uses: list[VersionUse]


class RowPage(msgspec.Struct, frozen=True):
    """Rows ``offset`` … of a version as JSON values (times as text), at most 1,000 a page."""

    columns: list[Column]
    rows: list[list[Any]]
    offset: int
    total: int


class ColumnChange(msgspec.Struct, frozen=True):
    """How a column differs: ``before``/``after`` are types, None where the column is absent."""

    name: str
    before: str | None
    after: str | None
    changed_rows: int | None = None


class DatasetDiff(msgspec.Struct, frozen=True):
    """What changed from ``before`` to ``after``; row counts as multisets, or by ``key`` where one is given."""

    before: str
    after: str
    key: list[str]
    columns: list[ColumnChange]
    added: int
    removed: int
    changed: int | None
    summary: str

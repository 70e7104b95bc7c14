"""What differs between two versions, asked of the content itself: columns, rows (as multisets or by a key), files.

Rows are compared over the columns both versions have; where a column's type changed, by value if both are numbers, else
as text.
"""

# ruff: noqa: S608 (statements are built from positions and escaped literals only)

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from benchbook.data.engine import Engine, open_engine
from benchbook.data.profile import kind_of
from benchbook.data.records import Column, ColumnChange, DatasetDiff
from benchbook.data.tables import Table
from benchbook.errors import InvalidInput
from benchbook.objects import Entry


class _Pair(msgspec.Struct, frozen=True):
    """A column both versions have: its name and one comparable SQL expression for each side."""

    name: str
    before: str
    after: str


class _Changes(msgspec.Struct, frozen=True):
    added: int
    removed: int
    changed: int | None
    by_column: dict[str, int] = {}


def diff_tables(before: str, after: str, tables: tuple[Table, Table], key: Sequence[str]) -> DatasetDiff:
    """Compare two tables; with a ``key``, rows of the same key are matched and changed cells counted per column.

    Raises:
        InvalidInput: the key is no column of both, has missing values, or is not unique; the text says where.
        StorageFull: the tables do not fit in the engine's memory and spill space.
    """
    old, new = tables
    pairs = _pairs(old, new)
    _check_key(key, pairs, (before, after))
    with open_engine(old.path, new.path) as engine:
        engine.run(f"CREATE TEMP VIEW a AS SELECT {_select(pairs, 'before')} FROM {old.scan()}")
        engine.run(f"CREATE TEMP VIEW b AS SELECT {_select(pairs, 'after')} FROM {new.scan()}")
        if key:
            changes = _by_key(engine, pairs, key, (before, after))
        else:
            changes = _as_multisets(engine, has_columns=bool(pairs))
    columns = _column_changes(old.columns, new.columns, changes.by_column)
    return _told(before, after, key, columns, changes)


def diff_files(before: str, after: str, old: list[Entry], new: list[Entry]) -> DatasetDiff:
    """Compare two folders (or single files, as folders of one) by path and content."""
    was, now = ({entry.path: entry.id for entry in entries} for entries in (old, new))
    changed = sum(was[path] != now[path] for path in was.keys() & now.keys())
    changes = _Changes(len(now.keys() - was.keys()), len(was.keys() - now.keys()), changed)
    return _told(before, after, [], [], changes, thing="file")


def _pairs(old: Table, new: Table) -> list[_Pair]:
    places = {column.name: (at, column.type) for at, column in enumerate(new.columns)}
    pairs = []
    for at, column in enumerate(old.columns):
        if column.name in places:
            there, type_ = places[column.name]
            cast = "" if type_ == column.type else _common(column.type, type_)
            pairs.append(_Pair(column.name, f"c{at}{cast}", f"c{there}{cast}"))
    return pairs


def _common(before: str, after: str) -> str:
    return "::DOUBLE" if kind_of(before) == kind_of(after) == "number" else "::VARCHAR"


def _select(pairs: list[_Pair], side: str) -> str:
    return ", ".join(f"{getattr(pair, side)} AS p{at}" for at, pair in enumerate(pairs)) or "1 AS none"


def _check_key(key: Sequence[str], pairs: list[_Pair], refs: tuple[str, str]) -> None:
    common = [pair.name for pair in pairs]
    for name in key:
        if name not in common:
            hint = f"Columns of both: {', '.join(map(repr, common[:20]))}."
            raise InvalidInput(f"The key {name!r} is no column of both {refs[0]} and {refs[1]}.", hint=hint)
    if len(set(key)) < len(key):
        raise InvalidInput(f"The key names a column twice: {', '.join(key)}.")


def _as_multisets(engine: Engine, *, has_columns: bool) -> _Changes:
    if not has_columns:
        (removed,), (added,) = engine.row("SELECT count(*) FROM a"), engine.row("SELECT count(*) FROM b")
        return _Changes(added, removed, None)
    (removed,) = engine.row("SELECT count(*) FROM (SELECT * FROM a EXCEPT ALL SELECT * FROM b)")
    rows_before, rows_after = engine.row("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)")
    # What both have is rows_before - removed, so the other direction needs no second comparison.
    return _Changes(rows_after - (rows_before - removed), removed, None)


def _by_key(engine: Engine, pairs: list[_Pair], key: Sequence[str], refs: tuple[str, str]) -> _Changes:
    at_key = [at for at, pair in enumerate(pairs) if pair.name in key]
    rest = [at for at in range(len(pairs)) if at not in at_key]
    _check_unique(engine, at_key, key, refs)
    match = " AND ".join(f"a.p{at} = b.p{at}" for at in at_key)
    differs = [f"a.p{at} IS DISTINCT FROM b.p{at}" for at in rest] or ["false"]
    counts = ", ".join(f"count(*) FILTER ({test})" for test in [" OR ".join(differs), *differs])
    matched, changed, *by_column = engine.row(f"SELECT count(*), {counts} FROM a JOIN b ON {match}")
    rows_before, rows_after = engine.row("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)")
    named = {pairs[at].name: count for at, count in zip(rest, by_column, strict=False) if count}
    return _Changes(rows_after - matched, rows_before - matched, changed, named)


def _check_unique(engine: Engine, at_key: list[int], key: Sequence[str], refs: tuple[str, str]) -> None:
    columns = ", ".join(f"p{at}" for at in at_key)
    missing = " OR ".join(f"p{at} IS NULL" for at in at_key)
    hint = "Name more columns, or leave the key out to compare rows as a whole."
    for view, ref in zip("ab", refs, strict=True):
        (nulls,) = engine.row(f"SELECT count(*) FROM {view} WHERE {missing}")
        if nulls:
            raise InvalidInput(f"The key {', '.join(key)} is missing in {nulls:,} rows of {ref}.", hint=hint)
        (doubled,) = engine.row(f"SELECT count(*) FROM (SELECT 1 FROM {view} GROUP BY {columns} HAVING count(*) > 1)")
        if doubled:
            raise InvalidInput(f"The key {', '.join(key)} is not unique in {ref}: {doubled:,} keys repeat.", hint=hint)


def _column_changes(old: list[Column], new: list[Column], by_column: dict[str, int]) -> list[ColumnChange]:
    was, now = ({column.name: column.type for column in columns} for columns in (old, new))
    names = [*was, *(name for name in now if name not in was)]
    return [
        ColumnChange(name, was.get(name), now.get(name), by_column.get(name))
        for name in names
        if was.get(name) != now.get(name) or name in by_column
    ]


def _told(
    before: str, after: str, key: Sequence[str], columns: list[ColumnChange], changes: _Changes, *, thing: str = "row"
) -> DatasetDiff:
    summary = _summary(columns, changes, thing)
    return DatasetDiff(before, after, list(key), columns, changes.added, changes.removed, changes.changed, summary)


def _summary(columns: list[ColumnChange], changes: _Changes, thing: str) -> str:
    said = []
    for word, names in (
        ("added", [change.name for change in columns if change.before is None]),
        ("removed", [change.name for change in columns if change.after is None]),
        ("of another type", [change.name for change in columns if _retyped(change)]),
    ):
        if names:
            said.append(f"{_count(len(names), 'column')} {word} ({_listed(names)})")
    if changes.changed:
        where = [change.name for change in columns if change.changed_rows]
        said.append(f"{_count(changes.changed, thing)} changed" + (f" in {_listed(where)}" if where else ""))
    said += [f"{_count(n, thing)} {word}" for n, word in ((changes.added, "added"), (changes.removed, "removed")) if n]
    if not said:
        return "Nothing changed."
    resized = changes.added or changes.removed or any(None in (change.before, change.after) for change in columns)
    return "; ".join(said) + ("." if resized else "; nothing added or removed.")


def _retyped(change: ColumnChange) -> bool:
    return None not in (change.before, change.after) and change.before != change.after


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
